import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, contentKey, folderKey, publish, whileLocked } from './cache';
import { tryLock } from './terraform-shim/process.cjs';

const fresh = () => mkdtempSync(join(tmpdir(), 'cache-'));

describe('publish', () => {
  test('a build that fails leaves nothing that the next run would take for complete', async () => {
    const target = join(fresh(), 'entry');
    const failing = publish(target, (folder) => {
      writeFileSync(join(folder, 'half'), '');
      throw new Error('no space');
    });
    await expect(failing).rejects.toThrow('no space');
    expect(existsSync(target)).toBe(false);
    await publish(target, (folder) => writeFileSync(join(folder, 'whole'), ''));
    expect(readdirSync(target)).toEqual(['whole']);
  });

  test('two runs at once build a thing one time, or they would overwrite each other', async () => {
    const target = join(fresh(), 'entry');
    let builds = 0;
    const build = async () => {
      builds += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const answers = await Promise.all([publish(target, build), publish(target, build)]);
    expect([builds, answers.sort()]).toEqual([1, ['built', 'kept']]);
  });

  test('says whom it waits for, or the set-up would seem to hang', async () => {
    const folder = fresh();
    const held = tryLock(join(folder, 'lock'), 'building x');
    const lines: string[] = [];
    setTimeout(() => 'release' in held && held.release(), 100);
    await whileLocked(
      join(folder, 'lock'),
      'y',
      (line) => lines.push(line),
      async () => {},
    );
    expect(lines).toEqual([`waiting for another run (process ${process.pid}) that is building x`]);
  });
});

describe('locks', () => {
  test('of a process that was killed are taken over, or every later run would wait for ever', () => {
    const file = join(fresh(), 'lock');
    const gone = { owners: [{ pid: process.pid, start: 'before this process' }], since: '', about: '' };
    writeFileSync(file, JSON.stringify(gone));
    expect('heldBy' in tryLock(file)).toBe(false);
  });

  test('with broken content are taken over', () => {
    const file = join(fresh(), 'lock');
    writeFileSync(file, '{');
    expect('heldBy' in tryLock(file)).toBe(false);
  });

  test('of a living process are respected, and free again when it lets go', () => {
    const file = join(fresh(), 'lock');
    const held = tryLock(file);
    expect('heldBy' in tryLock(file)).toBe(true);
    if ('release' in held) held.release();
    expect('heldBy' in tryLock(file)).toBe(false);
  });

  test('that died are known to the next owner until one has worked, or half-made containers would count as done', () => {
    const file = join(fresh(), 'lock');
    const gone = { owners: [{ pid: process.pid, start: 'before this process' }], since: '', about: '' };
    writeFileSync(file, JSON.stringify(gone));
    const looked = tryLock(file);
    expect('takenOver' in looked && looked.takenOver).toBe(true);
    if ('release' in looked) looked.release();
    const worked = tryLock(file);
    expect('takenOver' in worked && worked.takenOver).toBe(true);
    if ('add' in worked) worked.add(process.pid);
    if ('release' in worked) worked.release();
    expect(existsSync(file)).toBe(false);
  });
});

describe('folderKey', () => {
  function folder(): string {
    const folder = fresh();
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'a'), 'x');
    return folder;
  }

  test('is the same in every checkout and after a touch, or images would be rebuilt for nothing', () => {
    const [a, b] = [folder(), folder()];
    utimesSync(join(b, 'sub', 'a'), 1, 1);
    expect(folderKey(a)).toBe(folderKey(b));
  });

  test('changes with content, name and the right to execute, or a change would not reach the image', () => {
    const before = folderKey(folder());
    const content = folder();
    writeFileSync(join(content, 'sub', 'a'), 'y');
    const name = folder();
    writeFileSync(join(name, 'sub', 'b'), '');
    const mode = folder();
    chmodSync(join(mode, 'sub', 'a'), 0o755);
    expect(new Set([before, ...[content, name, mode].map(folderKey)]).size).toBe(4);
  });
});

test('contentKey tells where one part ends and the next begins', () => {
  expect(contentKey('ab', 'c')).not.toBe(contentKey('a', 'bc'));
  expect(contentKey('a')).toMatch(/^[0-9a-f]{12}$/);
});

test('the cache is where the user keeps caches', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/c', HOME: '/h' })).toBe('/c/streaming-platform');
  expect(cacheFolder({ HOME: '/h' })).toBe('/h/.cache/streaming-platform');
});
