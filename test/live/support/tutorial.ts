/** What a page tells its reader to do, in the order of the page. */
export type Step =
  | { readonly kind: 'run'; readonly command: string; readonly fails: boolean; readonly shows: readonly string[] }
  | { readonly kind: 'edit'; readonly diff: string };

export interface Section {
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * Reads a page whose fenced blocks are all steps: `sh` is run, `sh fails` is run and must fail, `diff` is applied, and
 * `text` after a command holds lines that its output must have, in this order, with `…` for what is left out.
 * @throws at any other fenced block, because nobody would try it
 */
export function readTutorial(page: string): Section[] {
  const sections: { title: string; steps: Step[] }[] = [];
  for (const [, heading, info, body] of page.matchAll(/^## (.*)$|^```([^\n]*)\n([^]*?)^```$/gm)) {
    if (heading !== undefined) {
      sections.push({ title: heading, steps: [] });
      continue;
    }
    const steps = sections.at(-1)?.steps;
    if (steps === undefined) throw new Error('a fenced block stands before the first "## " heading');
    const last = steps.at(-1);
    if (info === 'sh' || info === 'sh fails')
      steps.push({ kind: 'run', command: body!.trimEnd(), fails: info === 'sh fails', shows: [] });
    else if (info === 'diff') steps.push({ kind: 'edit', diff: body! });
    else if (info === 'text' && last?.kind === 'run') steps[steps.length - 1] = { ...last, shows: body!.split('\n') };
    else throw new Error(`a block "${info}" in "${sections.at(-1)!.title}" is no step, so no test would run it`);
  }
  return sections;
}

/**
 * Lines of an excerpt that the output does not have in this order; both normalised by the caller. A `…` stands for anything:
 * in a line for its rest or beginning, alone for lines.
 */
export function missingLines(excerpt: readonly string[], output: readonly string[]): string[] {
  let at = 0;
  return excerpt
    .filter((line) => line !== '' && line !== '…')
    .filter((line) => {
      const wanted = new RegExp(`^${line.split('…').map(literally).join('.*')}$`);
      const found = output.slice(at).findIndex((one) => wanted.test(one));
      if (found !== -1) at += found + 1;
      return found === -1;
    });
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
