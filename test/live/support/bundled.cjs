const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { buildSync, version } = require('esbuild');

/** Makes one CommonJS file of a package that has ES modules only, which Jest cannot load. */
module.exports = {
  getCacheKey: (_source, file) =>
    createHash('sha256').update(version).update(file).update(readFileSync(__filename)).digest('hex'),
  process: (_source, file) => {
    const { outputFiles } = buildSync({
      entryPoints: [file],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      logLevel: 'error',
    });
    return { code: outputFiles[0].text };
  },
};
