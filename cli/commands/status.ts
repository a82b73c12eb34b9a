import { Command } from 'commander';
import type { PlatformName } from '../deployment';
import { examples } from '../output';
import { platformOption, wholeNumber } from './options';

interface Options {
  readonly watch?: boolean;
  readonly interval: number;
  readonly json?: boolean;
  readonly platform: PlatformName;
}

export function statusCommand(): Command {
  const command = new Command('status')
    .description('one screen: services, pipeline and endpoints; what cannot be asked says why')
    .option('--watch', 'show it again and again, until Ctrl-C')
    .option('--interval <seconds>', 'time between two looks of --watch', wholeNumber(1, 3600), 2)
    .option('--json', 'one JSON document; with --watch one per look, each on a line')
    .addOption(platformOption())
    .action(status);
  return examples(command, {
    status: 'how it is now',
    'status --watch': 'and what becomes of it',
    'status --platform k8s': 'on the cluster',
    'status --json | jq .state': 'for scripts: running, partly running, stopped, not deployed',
  });
}

async function status({ watch, interval, json: asJson, platform }: Options): Promise<void> {
  const { openDeployment } = await import('../deployment.js');
  const { statusDocument, StatusReader } = await import('../status/status.js');
  const { statusLines } = await import('../status/screen.js');
  const { json, say } = await import('../output.js');
  const reader = new StatusReader(await openDeployment(platform));
  try {
    if (!watch) {
      const seen = await reader.read();
      return asJson ? json(statusDocument(seen)) : statusLines(seen, Date.now()).forEach((line) => say(line));
    }
    const again = await import('../status/watch.js');
    const look = async () => {
      const seen = await reader.read();
      return asJson ? [JSON.stringify(statusDocument(seen))] : statusLines(seen, Date.now());
    };
    await again.watch(look, interval, { plain: asJson === true });
  } finally {
    void reader.close(); // the answer does not wait for the goodbye
  }
}
