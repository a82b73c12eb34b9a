import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { cacheFolder } from '../../../toolchain/cache';

export const SOURCE = resolve(__dirname, '../../..');

const usual = { name: 'streaming-test', portOffset: 2400 } as const;

/**
 * The live tests' own deployment: nothing of it may collide with one that the user runs. While a test is being written,
 * STREAMING_TEST_NAME and STREAMING_TEST_PORT_OFFSET make it another one, and STREAMING_TEST_KEEP=1 keeps it between two
 * runs of Jest, so that a single file can be run again and again:
 *
 *   STREAMING_TEST_NAME=mine STREAMING_TEST_PORT_OFFSET=500 STREAMING_TEST_KEEP=1 \
 *     npx jest --config test/live/jest.config.cjs test/live/05-airflow.test.ts
 */
export const deployment = chosen(process.env);

/** Whether the deployment stays when the tests have ended. */
export const keep = process.env['STREAMING_TEST_KEEP'] === '1';

/**
 * A copy of the checkout that tests may edit. Everything that belongs to the deployment (state, secrets) is in it, and
 * plain `npx cdktf` in it means the test's deployment because its settings file says so.
 */
export const checkout = join(
  cacheFolder(),
  'live-test',
  deployment.name === usual.name ? 'checkout' : `checkout-${deployment.name}`,
);

/** Port on the loopback address, with the offset of the test's deployment. */
export function port(base: number): number {
  return base + deployment.portOffset;
}

/** What every command in the checkout gets: its settings come from its settings file, not from this shell. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('STREAMING_')));
}

/**
 * Copies the files of the working tree as they are now. A kept deployment has mounted folders of the copy, so they stay
 * the same folders.
 */
export function makeCheckout(
  folder = checkout,
  settings: object = { ...deployment, userSource: 'auto' },
  keepDeployment = keep,
): void {
  if (!keepDeployment) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', list, { cwd: SOURCE, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(SOURCE, file)));
  for (const file of copied(folder).filter((old) => !files.includes(old))) rmSync(join(folder, file));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(SOURCE, file), join(folder, file));
  }
  linkModules(join(SOURCE, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}

/** The files of an earlier copy. */
function copied(folder: string): string[] {
  const own = /^(\.deployments|\.git|cdktf\.out|node_modules)(\/|$)/;
  return readdirSync(folder, { withFileTypes: true }).flatMap((top) =>
    own.test(top.name)
      ? []
      : top.isDirectory()
        ? readdirSync(join(folder, top.name), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        : [top.name],
  );
}

/**
 * The dependencies of this checkout, package by package. Links that lead out of the folder are made anew: `streaming` and
 * the workspaces are files of the copy.
 */
function linkModules(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(join(to, '.bin'), { recursive: true });
  for (const name of readdirSync(from).filter((entry) => entry !== '.bin' && entry !== '.cache')) {
    const entry = join(from, name);
    symlinkSync(lstatSync(entry).isSymbolicLink() ? readlinkSync(entry) : entry, join(to, name));
  }
  for (const name of readdirSync(join(from, '.bin')))
    symlinkSync(readlinkSync(join(from, '.bin', name)), join(to, '.bin', name));
  // What the set-up found out about the machine; compiled programs are each checkout's own.
  const decided = join('.cache', 'streaming-platform');
  mkdirSync(join(to, '.cache'));
  mkdirSync(join(from, decided), { recursive: true });
  symlinkSync(join(from, decided), join(to, decided));
}

function chosen(env: NodeJS.ProcessEnv): { readonly name: string; readonly portOffset: number } {
  const [name, offset] = [env['STREAMING_TEST_NAME'], env['STREAMING_TEST_PORT_OFFSET']];
  if (name === undefined && offset === undefined) return usual;
  if (name === undefined || offset === undefined || !/^\d+$/.test(offset))
    throw new Error(
      `STREAMING_TEST_NAME is ${name ?? 'not set'} and STREAMING_TEST_PORT_OFFSET is ${offset ?? 'not set'}: ` +
        'set both, the second to a multiple of 100, or neither',
    );
  return { name, portOffset: Number(offset) };
}
