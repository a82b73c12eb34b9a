import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstall, ensureTools, findAll, findCommand, isDebian, missingTools, packagesOf } from './system';

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'system-'));
  for (const name of names) {
    writeFileSync(join(folder, name), '#!/bin/sh\n');
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

describe('findCommand', () => {
  test('finds every place of a command in the order of PATH, or users would run another binary than their shell', () => {
    const [a, b] = [folderWith('tool'), folderWith('tool')];
    expect(findAll('tool', `${a}:${b}`)).toEqual([join(a, 'tool'), join(b, 'tool')]);
  });

  test('does not see links in node_modules/.bin, or the shim would find itself as terraform', () => {
    const bin = join(folderWith(), 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'terraform'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findCommand('terraform', bin)).toBeUndefined();
  });

  test('does not take a folder or a plain file for a command', () => {
    const folder = folderWith();
    mkdirSync(join(folder, 'tool'));
    writeFileSync(join(folder, 'other'), '', { mode: 0o644 });
    expect([findCommand('tool', folder), findCommand('other', folder)]).toEqual([undefined, undefined]);
  });
});

describe('canInstall', () => {
  test('installs only as root on Debian and its children, or other machines would be changed without being asked', () => {
    expect(canInstall(0, 'ID=debian\n', '/usr/bin/apt-get')).toBe(true);
    expect(canInstall(1000, 'ID=debian\n', '/usr/bin/apt-get')).toBe(false);
    expect(canInstall(0, 'ID=fedora\n', undefined)).toBe(false);
  });

  test('knows Ubuntu and Mint as children of Debian', () => {
    expect(isDebian('NAME=x\nID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true);
    expect(isDebian('PRETTY_NAME="not debian"\nID=fedora\n')).toBe(false);
  });
});

describe('missing tools', () => {
  test('are all named in one message with the command to run, or users would learn of them one by one', () => {
    expect(missingTools(['mvn', 'mmdebstrap'])).toContain('mvn and mmdebstrap are needed');
    expect(missingTools(['mvn', 'mmdebstrap'])).toContain(
      'sudo apt-get install --no-install-recommends maven openjdk-17-jdk-headless mmdebstrap',
    );
  });

  test('name each package once', () => {
    expect(packagesOf(['mvn', 'javac'])).toEqual(['maven', 'openjdk-17-jdk-headless']);
  });

  test('are not looked for again when all are there', async () => {
    const lines: string[] = [];
    await ensureTools(['tar'], { log: (line) => lines.push(line) });
    expect(lines).toEqual([]);
  });
});
