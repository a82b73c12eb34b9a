import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cacheFolder } from './cache';

describe('the download cache', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cache-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const fill = (text: string) => async (unfinished: string) => {
    mkdirSync(unfinished);
    writeFileSync(join(unfinished, 'file'), text);
  };

  test('fills an entry once and uses it from then on', async () => {
    const entry = join(folder, 'downloads', 'jars-1');
    expect(await cached(entry, fill('one'))).toBe('filled');
    expect(await cached(entry, fill('two'))).toBe('present');
    expect(readFileSync(join(entry, 'file'), 'utf8')).toBe('one');
  });

  test('does not use what an interrupted run left half-written', async () => {
    const entry = join(folder, 'jars-1');
    mkdirSync(`${entry}.unfinished-999999999`);
    writeFileSync(join(`${entry}.unfinished-999999999`, 'file'), 'half');
    expect(await cached(entry, fill('whole'))).toBe('filled');
    expect(readFileSync(join(entry, 'file'), 'utf8')).toBe('whole');
    expect(readdirSync(folder)).toEqual(['jars-1']);
  });

  test('keeps nothing of a download that failed its verification', async () => {
    const entry = join(folder, 'jars-1');
    const failing = async (unfinished: string) => {
      await fill('bad')(unfinished);
      throw new Error('checksum');
    };
    await expect(cached(entry, failing)).rejects.toThrow('checksum');
    expect(existsSync(entry)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is outside the checkout, where XDG_CACHE_HOME says', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/streaming-platform');
  });
});
