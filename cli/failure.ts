import { clip } from './output';
import { adviceOf, causeOf, diagnose, type Facts, type Signature, tellingLine } from './signatures';
import type { Failure } from './watch';

const LINES_SHOWN = 20;
/** Node shows the line of the source that failed, which in a bundle can be the whole program. */
const COLUMNS_SHOWN = 240;

/** What a person needs when a service fails: which, its last words, why most likely, and what to do. Pure. */
export function failureText({ workload, why, log, signature }: Failure, terraformLog: string, more: string): string[] {
  const lines = log.trimEnd().split('\n');
  const shown = lines.slice(-LINES_SHOWN);
  // A stack trace may have pushed the line that says why out of sight.
  const telling = signature && tellingLine(signature, lines);
  const hidden = telling !== undefined && !shown.includes(telling);
  return [
    `${workload} ${why}. Its last log lines:`,
    ...(hidden ? [`  ${clip(telling, COLUMNS_SHOWN)}`, '  ...'] : []),
    ...shown.map((line) => `  ${clip(line, COLUMNS_SHOWN)}`),
    ...(signature ? explanation(signature, workload) : []),
    `More: ${more}; what Terraform said: ${terraformLog}`,
  ];
}

/** Why, and what to do, where it is known. */
export function likelyCause(facts: Facts): string[] {
  const signature = diagnose(facts);
  return signature ? explanation(signature, facts.workload) : [];
}

function explanation(signature: Signature, workload: string): string[] {
  return [`Likely cause: ${causeOf(signature, workload)}`, `What to do: ${adviceOf(signature, workload)}`];
}
