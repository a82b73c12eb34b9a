import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../synth';
import type { Finding } from './waivers';

const MEGABYTES = 64 * 2 ** 20;

/** Runs a tool that ends with one of these codes; anything else is no result, and an error with what the tool said. */
function run(command: string, args: readonly string[], codes: readonly number[], input = '', env = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: MEGABYTES,
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  if (!codes.includes(status ?? -1)) throw new Error(`${command} ended with code ${status}: ${stderr || stdout}`);
  return stdout;
}

/** All of its checks, on one folder per set of objects: starting it takes most of its time. */
export function checkov(
  packages: string,
  folder: string,
  sets: Readonly<Record<string, Json[]>>,
): Map<string, Finding[]> {
  for (const [name, objects] of Object.entries(sets)) {
    mkdirSync(join(folder, name));
    const text = objects.map((object) => JSON.stringify(object, null, 2)).join('\n---\n');
    writeFileSync(join(folder, name, 'objects.yaml'), `${text}\n`);
  }
  const args = ['-m', 'checkov.main', '--directory', folder, '--framework', 'kubernetes', '--output', 'json'];
  // Codes: 0 nothing found, 1 something.
  const { results, summary } = JSON.parse(
    run('python3', [...args, '--compact', '--quiet', '--skip-download'], [0, 1], '', { PYTHONPATH: packages }),
  ) as Json;
  if (summary.parsing_errors !== 0) throw new Error(`checkov could not read ${summary.parsing_errors} objects`);
  const found = new Map<string, Finding[]>(Object.keys(sets).map((name) => [name, []]));
  for (const { file_path: file, check_id: rule, check_name: message, resource } of results.failed_checks) {
    const [, set] = file.split('/') as [string, string];
    // Kind.namespace.name
    found.get(set)!.push({ rule, object: resource.split('.').slice(2).join('.'), message });
  }
  return found;
}

/** All of its tests, the optional ones too; whatever is not perfect is a finding. */
export function kubeScore(program: string, objects: readonly Json[]): Finding[] {
  const optional = run(program, ['list'], [0])
    .trim()
    .split('\n')
    .filter((line) => line.endsWith(',optional'))
    .flatMap((line) => ['--enable-optional-test', line.split(',')[0]!]);
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  // Code 1: something critical was found.
  const scored = JSON.parse(
    run(program, ['score', '--output-format', 'json', ...optional, '-'], [0, 1], text),
  ) as Json[];
  return scored.flatMap(({ object_meta: { name }, checks }: Json) =>
    checks
      .filter(({ skipped, grade }: Json) => !skipped && grade < 10)
      .flatMap(({ check, comments }: Json) =>
        comments.map(({ summary, description }: Json) => ({
          rule: check.id,
          object: name,
          message: summary || description,
        })),
      ),
  );
}

/** What the admission controller of a cluster would refuse at this level. It takes no object that the API does not. */
export function podSecurity(program: string, level: 'baseline' | 'restricted', objects: readonly Json[]): Finding[] {
  const found = JSON.parse(run(program, [level], [0], JSON.stringify(objects))) as Json[];
  return found.map(({ object, check, message }: Json) => ({ rule: check, object, message }));
}
