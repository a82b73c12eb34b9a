import { publishedPorts } from '../../../stacks/settings';

const UNITS = {
  '<size>': 'B|[kKMGT]i?B',
  '<time>': 'ms|s|seconds?|sec|min|minutes?|h|hours?|d|days?',
};

/**
 * A text without what differs between two runs of one command: numbers, times, sizes, ids, hashes, and how wide the
 * columns are. What is left are the words and their order.
 */
export function normalised(text: string): string {
  return (
    text
      .replace(/(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, '<moment>')
      .replace(/\b\d\d:\d\d(:\d\d([.,]\d+)?)?\b/g, '<moment>')
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>')
      // Airflow ends the ids of runs with letters that it draws.
      .replace(/(<moment>)_\w{8}\b/g, '$1')
      .replace(/\b(sha256:)?(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, '<hash>')
      .replace(/(?<![A-Za-z0-9_])(?<![A-Za-z0-9]-)\d+([.,]\d+)*/g, '<n>')
      .replace(new RegExp(`(<n> ?(${UNITS['<size>']})\\b)`, 'g'), '<size>')
      .replace(new RegExp(`<n> ?(${UNITS['<time>']})\\b( ?<n> ?(${UNITS['<time>']})\\b)*`, 'g'), '<time>')
      // Bars and frames are as long as their content.
      .replace(/[█▇▆▅▄▃▂▁▏▎▍▌▋▊▉░▒▓■]+/g, '<bar>')
      .replace(/─+/g, '─')
      .replace(/-{3,}/g, '---')
      .replace(/(?<=\s)[-=+][-=+ ]*$/gm, '<bar>')
      .split('\n')
      .map((line) => line.replace(/\s+/g, ' ').trim())
      .filter((line) => line !== '')
      .join('\n')
  );
}

/** Without colours, and without lines that were overwritten. */
export function plain(output: string): string {
  return (
    output
      .replaceAll('\r\n', '\n')
      // eslint-disable-next-line no-control-regex
      .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\r') + 1).trimEnd())
      .join('\n')
      .replace(/^\n+/, '')
  );
}

/** The name and the ports of the default deployment in place of the test's; columns stay where they are. */
export function withDefaults(line: string, deployment: { readonly name: string; readonly portOffset: number }): string {
  const names: [RegExp, string][] = [
    [new RegExp(`\\b${deployment.name}\\b(?!\\.)`, 'g'), 'streaming'],
    ...Object.values(publishedPorts).map((port): [RegExp, string] => [
      new RegExp(`\\b${port + deployment.portOffset}\\b`, 'g'),
      String(port),
    ]),
  ];
  // A cell ends where a frame or two spaces follow.
  return line
    .split(/( {2,}|[│|])/)
    .map((cell, index, cells) => {
      if (index % 2 === 1) return cell;
      const said = names.reduce((text, [from, to]) => text.replace(from, to), cell);
      const gap = cells[index + 1];
      if (gap !== undefined && said !== cell) {
        const missing = cell.length - said.length;
        if (gap.startsWith(' ')) cells[index + 1] = ' '.repeat(Math.max(1, gap.length + missing));
        else return missing >= 0 ? said + ' '.repeat(missing) : said.slice(0, missing).trimEnd().padEnd(cell.length);
      }
      return said;
    })
    .join('');
}
