import { readFileSync } from 'node:fs';
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

/** A file of settings: what it holds, and where in it. */
export interface SettingsFile {
  readonly path: string;
  readonly values: Record<string, unknown>;
  /** `settings.json:3:5`; the path alone where the file has nothing there. */
  at(path: readonly PropertyKey[]): string;
}

/**
 * Reads a file of settings as strictly as JSON is: no comments, no key twice. `JSON.parse` would keep the second value
 * and say nothing.
 *
 * @throws {Error} with every mistake, one per line
 */
export function readSettingsFile(path: string): SettingsFile {
  const text = read(path);
  const place = (offset: number) => `${path}:${lineAndColumn(text, offset)}`;
  if (text.trim() === '') throw new Error(`${path} is empty: ${EXAMPLE}`);
  const mistakes: ParseError[] = [];
  const tree = parseTree(text, mistakes, { disallowComments: true, allowTrailingComma: false });
  if (mistakes.length > 0 || tree === undefined) {
    // What follows the first mistake is mostly its consequence.
    const { error, offset } = mistakes[0] ?? { error: 0, offset: 0 };
    const found = offset >= text.trimEnd().length ? 'the file ends too early' : `found ${quoted(text, offset)}`;
    throw new Error(`${place(offset)}: this is no JSON: ${inWords(printParseErrorCode(error))}, ${found}`);
  }
  if (tree.type !== 'object') throw new Error(`${path} must hold a JSON object: ${EXAMPLE}`);
  const twice = duplicates(tree);
  if (twice.length > 0)
    throw new Error(twice.map((key) => `${place(key.offset)}: "${key.value}" is there twice: keep one`).join('\n'));
  return {
    path,
    values: JSON.parse(text) as Record<string, unknown>,
    at: (keys) => {
      const node = findNodeAtLocation(tree, keys as (string | number)[]);
      return node === undefined ? path : place(node.parent?.type === 'property' ? node.parent.offset : node.offset);
    },
  };
}

const EXAMPLE = 'for example { "portOffset": 100 }';

function read(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length >= 2 && (bytes.readUInt16BE() === 0xfffe || bytes.readUInt16BE() === 0xfeff))
      throw new Error(`${path} is UTF-16: save it as UTF-8`);
    return bytes.toString('utf8').replace(/^\uFEFF/, ''); // Windows editors write it
  } catch (error) {
    const why = {
      ENOENT: 'does not exist: make it, or correct STREAMING_SETTINGS',
      ENOTDIR: 'does not exist: a part of the path is no folder',
      EISDIR: 'is a folder: name the file in it',
      EACCES: `may not be read by this user: "chmod u+r" it, or ask its owner`,
      ELOOP: 'is a link that points to itself',
    }[(error as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) throw error;
    throw new Error(`${path} ${why}`);
  }
}

function duplicates(node: Node): { value: string; offset: number }[] {
  const seen = new Set<string>();
  const own =
    node.type !== 'object'
      ? []
      : (node.children ?? []).flatMap((property) => {
          const key = property.children![0]!;
          if (!seen.has(key.value as string)) return (seen.add(key.value as string), []);
          return [{ value: key.value as string, offset: key.offset }];
        });
  return [...own, ...(node.children ?? []).flatMap(duplicates)];
}

function lineAndColumn(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `${lines.length}:${lines.at(-1)!.length + 1}`;
}

function quoted(text: string, offset: number): string {
  return JSON.stringify(/^\w+|^[^]/.exec(text.slice(offset))![0].slice(0, 20));
}

/** `CommaExpected` -> `a comma is expected` */
function inWords(code: string): string {
  const words = code.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const what = /^(.*) expected$/.exec(words)?.[1]?.replace('close ', 'closing ');
  return what === undefined ? words : `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} is expected`;
}
