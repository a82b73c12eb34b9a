import { Command } from 'commander';
import type { PlatformName } from '../deployment';
import { wrongInput } from '../errors';
import { examples } from '../output';
import { platformOption, wholeNumber } from './options';

interface Options {
  readonly since?: string;
  readonly follow?: boolean;
  readonly grep?: string;
  readonly tail?: number;
  readonly platform: PlatformName;
}

/** Without any choice: what happened last, and not the whole life of the platform. */
const LINES = 200;

export function logsCommand(): Command {
  const command = new Command('logs')
    .description('the logs of the services, merged by time (UTC)')
    .argument('[service...]', 'which ones; default: all')
    .option('--since <when>', 'from then on: 90s, 10m, 2h, 3d ago, or a date')
    .option('-f, --follow', 'go on until Ctrl-C, also over restarts and replacements')
    .option('--grep <pattern>', 'only lines that match; capital letters in the pattern make capitals count')
    .option(
      '--tail <lines>',
      `the last ones of all services together; default: ${LINES}, or all with --since or --grep`,
      wholeNumber(0, 1_000_000),
    )
    .addOption(platformOption())
    .action(logs);
  return examples(command, {
    logs: 'what happened last, everywhere',
    'logs kafka stream --since 10m': 'two services, the last ten minutes',
    'logs --follow --grep error': 'until Ctrl-C',
    'logs stream --platform k8s': 'on the cluster',
  });
}

async function logs(names: string[], { since, follow, grep, tail, platform }: Options): Promise<void> {
  const { momentOf, patternOf } = await import('../logs/format.js');
  const from = since === undefined ? undefined : momentOf(since, Date.now());
  if (since !== undefined && from === undefined) {
    throw wrongInput(
      `--since is "${since}"; allowed are a time ago such as 90s, 10m, 2h or 3d, and a date such as 2026-01-31T08:00:00Z`,
    );
  }
  const pattern = grep === undefined ? undefined : patternOf(grep);
  if (grep !== undefined && pattern === undefined) {
    throw wrongInput(
      `--grep is "${grep}", which is no regular expression: put a backslash before each of ( ) [ ] { } + * ? that is meant as it is`,
    );
  }
  const { openDeployment } = await import('../deployment.js');
  const { logs: show } = await import('../logs/logs.js');
  const { requireServices } = await import('../running.js');
  const deployment = await openDeployment(platform);
  await requireServices(deployment);
  const lines = tail ?? (since === undefined && grep === undefined ? LINES : undefined);
  await show(await deployment.logs(), { names, since: from, grep: pattern, tail: lines, follow: follow === true });
}
