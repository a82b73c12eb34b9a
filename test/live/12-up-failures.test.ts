import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './support/checkout';
import { container, healthy } from './support/engine';
import { run } from './support/run';

const up = () => run('node', ['toolchain/first.cjs', 'up', '--no-proof'], { timeoutSeconds: 600 });

/** Changes a file of the checkout for the time of a callback. */
async function changed(file: string, change: (text: string) => string, during: () => Promise<void>): Promise<void> {
  const path = join(checkout, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, change(text));
  try {
    await during();
  } finally {
    writeFileSync(path, text);
  }
}

describe('up', () => {
  it('says what a service uses when its new limit is less than that', async () => {
    const tight = (text: string) => text.replace('memoryMiB: props.memoryMiB,', 'memoryMiB: 96,');
    await changed('constructs/schema-registry/schema-registry.ts', tight, async () => {
      const { code, output } = await up();
      expect(code).toBe(1);
      expect(output).toContain('Likely cause: The new memory limit of schema-registry is less than it uses');
      expect(output).toContain('"memoryMiB": { "schema-registry": ');
    });
  }, 600_000);

  it('ends with the service, the cause and the setting to change when a service gets too little memory', async () => {
    // Less than the settings allow: what a new version of a service may come to need.
    const tight = (text: string) =>
      text
        .replace('memoryMiB: props.memoryMiB,', 'memoryMiB: 96,')
        .replace('env: { SCHEMA_REGISTRY_HEAP_OPTS', "env: { ANOTHER: 'version', SCHEMA_REGISTRY_HEAP_OPTS");
    await changed('constructs/schema-registry/schema-registry.ts', tight, async () => {
      const { code, output, seconds } = await up();
      console.log(`too little memory: ${seconds.toFixed(1)} s\n${output.slice(-2500)}`);
      expect(code).toBe(1);
      expect(output).toContain('error: schema-registry ');
      expect(output).toMatch(/Likely cause: .*schema-registry.*memory/);
      expect(output).toContain('"memoryMiB": { "schema-registry"');
      expect(output).toContain('npx streaming logs schema-registry');
    });
  }, 600_000);

  it('ends with the last words of a program that fails with an error nobody knows', async () => {
    const broken = (text: string) => `${text}\nthrow new Error('the twin has lost its words');\n`;
    await changed('pipeline-code/random-user/main.ts', broken, async () => {
      const { code, output, seconds } = await up();
      console.log(`unknown error: ${seconds.toFixed(1)} s`);
      expect([code, output.slice(-2500)]).toEqual([1, expect.stringContaining('the twin has lost its words')]);
    });
  }, 600_000);

  it('goes on from there once the mistake is mended', async () => {
    const { code, output } = await up();
    expect([code, output.slice(-2000)]).toEqual([0, expect.any(String)]);
    for (const service of ['schema-registry', 'random-user']) await healthy(service, 180);
    expect((await (await container('schema-registry')).inspect()).HostConfig.Memory).toBeGreaterThan(600 * 2 ** 20);
  }, 600_000);
});
