import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './support/checkout';
import { containers, healthy } from './support/engine';
import { plainEnvironment, run } from './support/run';

describe('editing a program', () => {
  it('and deploying again rebuilds and replaces that one container only', async () => {
    const before = new Map((await containers()).map((c) => [c.Name, c.Id]));
    const main = join(checkout, 'pipeline-code/random-user/main.ts');
    const original = readFileSync(main);
    appendFileSync(main, "\nprocess.env['EDITED'] = 'yes';\n");
    try {
      const deploy = await run('npx', ['cdktf', 'deploy', 'local', '--auto-approve'], { env: plainEnvironment() });
      expect([deploy.code, deploy.output.slice(-2000)]).toEqual([0, expect.any(String)]);
      const replaced = (await containers()).filter((c) => before.get(c.Name) !== c.Id).map((c) => c.Name);
      expect(replaced).toEqual([expect.stringMatching(/-random-user$/)]);
      await healthy('random-user');
    } finally {
      writeFileSync(main, original);
    }
  }, 300_000);
});
