import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readReadme, withSettings } from '../docs/generate';

const ROOT = resolve(__dirname, '..');

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? markdown(join(folder, e.name)) : e.name.endsWith('.md') ? [join(folder, e.name)] : [],
  );
}

describe('the documents', () => {
  it('list the settings as the code has them (npm run docs)', () => {
    expect(withSettings(readReadme())).toBe(readReadme());
  });

  it('link only to pages that exist', () => {
    const broken = [join(ROOT, 'README.md'), ...markdown(join(ROOT, 'docs'))].flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, target]) => join(dirname(page), target!))
        .filter((target) => !existsSync(target)),
    );
    expect(broken).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readReadme().matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
