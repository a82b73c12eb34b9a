import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../../../toolchain/cache';

const SOURCE = resolve(__dirname, '../../..');

/** The live tests' own deployment: nothing of it may collide with one that the user runs. */
export const deployment = { name: 'streaming-test', portOffset: 2400 } as const;

/**
 * A copy of the checkout that tests may edit. Everything that belongs to the deployment (state, secrets) is in it, and
 * plain `npx cdktf` in it means the test's deployment because its settings file says so.
 */
export const checkout = join(cacheFolder(), 'live-test', 'checkout');

/** Port on the loopback address, with the offset of the test's deployment. */
export function port(base: number): number {
  return base + deployment.portOffset;
}

export function makeCheckout(): void {
  // A folder of the test runs before is kept out: `down` has removed what was deployed from it.
  rmSync(checkout, { recursive: true, force: true });
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: SOURCE,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter((f) => f !== '' && existsSync(join(SOURCE, f)))) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true });
    cpSync(join(SOURCE, file), join(checkout, file));
  }
  symlinkSync(join(SOURCE, 'node_modules'), join(checkout, 'node_modules'));
  writeFileSync(join(checkout, 'settings.json'), JSON.stringify({ ...deployment, userSource: 'auto' }, undefined, 2));
}
