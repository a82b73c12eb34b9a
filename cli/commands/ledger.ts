import { Command } from 'commander';
import type { PlatformName } from '../deployment';
import { examples } from '../output';
import { platformOption, wholeNumber } from './options';

export function ledgerCommand(): Command {
  const command = new Command('ledger')
    .description('account for every user of a run: produced = stored + dead-lettered + in flight')
    .argument('[run]', 'id of the run; default: the newest')
    .option('--wait <seconds>', 'how long to wait for records that are on their way', wholeNumber(0, 3600), 15)
    .addOption(platformOption())
    .action(async (runId: string | undefined, { wait, platform }: { wait: number; platform: PlatformName }) => {
      const { openDeployment } = await import('../deployment.js');
      const { ledgerOf } = await import('../ledger.js');
      const { checkLedger } = await import('../report.js');
      const { requireServices } = await import('../running.js');
      const deployment = await openDeployment(platform);
      await requireServices(deployment);
      checkLedger(await ledgerOf(deployment, runId, wait));
    });
  return examples(command, {
    ledger: 'the newest run',
    'ledger --platform k8s': 'the newest run on the cluster',
    'ledger --wait 60': 'give records on their way a minute',
  });
}
