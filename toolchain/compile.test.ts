import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, which runs before anything is compiled
const { compiled } = require('./compile.cjs') as {
  compiled(root: string, entry: string, folder: string): Promise<string | undefined>;
};

describe('the compiled command line', () => {
  let root: string;
  const make = () => compiled(root, 'cli/main.ts', join(root, 'kept'));
  const result = async () => {
    const module = { exports: {} as { answer: string; place: string } };
    new Function('module', 'exports', 'require', '__dirname', readFileSync((await make())!, 'utf8'))(
      module,
      module.exports,
      require,
      '/elsewhere',
    );
    return module.exports;
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'compile-'));
    mkdirSync(join(root, 'cli'));
    writeFileSync(join(root, 'cli', 'main.ts'), `export * from './answer'; export const place: string = __dirname;`);
    writeFileSync(join(root, 'cli', 'answer.ts'), `export const answer: string = 'one';`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is made once, and knows where its sources are', async () => {
    const first = await make();
    expect(await make()).toBe(first);
    expect(await result()).toEqual({ answer: 'one', place: join(root, 'cli') });
  });

  it('is made again when any of its sources has changed, or somebody would run what he no longer has', async () => {
    const first = await make();
    writeFileSync(join(root, 'cli', 'answer.ts'), `export const answer: string = 'another';`);
    expect(await result()).toMatchObject({ answer: 'another' });
    expect(existsSync(first!)).toBe(false);
    rmSync(join(root, 'cli', 'answer.ts'));
    await expect(make()).rejects.toThrow(/Could not resolve ".\/answer"/);
  });

  it('is made again after half of it was written', async () => {
    const first = await make();
    writeFileSync(join(root, 'kept', 'cli.json'), '{ "file": ');
    expect(await make()).toBe(first);
    rmSync(first!);
    expect(await result()).toMatchObject({ answer: 'one' });
  });

  it('is left out where nothing can be written', async () => {
    writeFileSync(join(root, 'kept'), 'a file in the way of the folder');
    await expect(make()).resolves.toBeUndefined();
  });
});
