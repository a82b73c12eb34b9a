import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { LEFT_OUT } from '../constructs/platforms/kubernetes/left-out';
import { makeProgram } from '../cli/program';
import { deployer, readReadme, slug, troubleshooting, withSettings } from '../docs/generate';
import { twoPlatforms } from '../docs/two-platforms';
import { originsOfSettings } from '../stacks/settings';

const ROOT = resolve(__dirname, '..');

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? markdown(join(folder, e.name)) : e.name.endsWith('.md') ? [join(folder, e.name)] : [],
  );
}

const pages = [join(ROOT, 'README.md'), ...markdown(join(ROOT, 'docs')), join(ROOT, 'images/README.md')];

/** What the pages say that matches, with the page, so that a failure names it. */
function said(pattern: RegExp): { page: string; what: string }[] {
  return pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(pattern)].map(([, what]) => ({ page: relative(ROOT, page), what: what! })),
  );
}

describe('the documents', () => {
  it('list the settings as the code has them (npm run docs)', () => {
    expect(withSettings(readReadme())).toBe(readReadme());
  });

  it('show a table of all settings, of which a new one is otherwise missed until the live tests', () => {
    const table = readFileSync(join(ROOT, 'docs/commands/settings.md'), 'utf8').split('<!-- /output -->')[0]!;
    const shown = [...table.matchAll(/^([\w.-]+) {2,}/gm)].map(([, key]) => key).filter((key) => key !== 'setting');
    expect(shown).toEqual(originsOfSettings().origins.map(({ key }) => key));
  });

  it('list the known failures as the commands know them (npm run docs)', () => {
    expect(readFileSync(troubleshooting.file, 'utf8')).toBe(troubleshooting.text());
  });

  it('have the role of who deploys as the preflight asks for it (npm run docs)', () => {
    expect(readFileSync(deployer.file, 'utf8')).toBe(deployer.text());
  });

  it('say what the older provider leaves out', () => {
    const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
    expect([...page.split('## On Kubernetes')[1]!.matchAll(/^- ([^:\n]+)/gm)].map(([, item]) => item)).toEqual([
      ...LEFT_OUT,
    ]);
  });

  it('show one component on both platforms as the golden files have it (npm run docs)', () => {
    expect(readFileSync(twoPlatforms.file, 'utf8')).toBe(twoPlatforms.text());
  });

  it('link only to files that exist', () => {
    const links = said(/\]\((?!https?:|#)([^)#]+)/g);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter(({ page, what }) => !existsSync(join(ROOT, dirname(page), what)))).toEqual([]);
  });

  it('link only to headings that exist', () => {
    const broken = said(/\]\(((?!https?:)[^)#]*#[^)]+)/g).filter(({ page, what }) => {
      const [file, anchor] = what.split('#') as [string, string];
      const target = readFileSync(file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file), 'utf8');
      return ![...target.matchAll(/^#+ (.*)$/gm)].some(([, title]) => slug(title!) === anchor);
    });
    expect(broken).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(said(/npm run (?:-s )?([a-z][a-z0-9:-]*)/g).filter(({ what }) => !(what in scripts))).toEqual([]);
  });

  it('list every command in the index of commands', () => {
    const index = readFileSync(join(ROOT, 'docs/commands/README.md'), 'utf8');
    const listed = [...index.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name!);
    const commands = makeProgram().commands.map((command) => command.name());
    expect(listed.sort()).toEqual(commands.sort());
  });

  it('name only commands that exist', () => {
    const commands = makeProgram().commands.map((command) => command.name());
    expect(said(/npx streaming ([a-z]+)/g).filter(({ what }) => !commands.includes(what))).toEqual([]);
  });
});
