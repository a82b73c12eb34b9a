import { Argument, Command } from 'commander';
import type { PlatformName } from '../deployment';
import { examples, say } from '../output';
import { platformOption } from './options';

/** What has a page, by the name that somebody would type. */
const pages = {
  airflow: 'airflow',
  'control-center': 'controlCenter',
  'spark-master': 'sparkMaster',
  'spark-driver': 'sparkDriver',
} as const;

type Page = keyof typeof pages;

export function openCommand(): Command {
  const command = new Command('open')
    .description('open the page of a service in the browser; where there is no display, print its address')
    .addArgument(new Argument('[service]', 'which one').choices(Object.keys(pages)).default('airflow'))
    .option('--print', 'print the address only')
    .addOption(platformOption())
    .addHelpText(
      'after',
      '\nOn a cluster it opens every published port on this machine, also over restarts of pods, and goes on until Ctrl-C.',
    )
    .action(open);
  return examples(command, {
    open: 'Airflow',
    'open control-center': 'topics, messages, groups and lag, schemas',
    'open spark-master --print': 'for another program',
    'open --platform k8s': 'every port of the cluster on this machine, until Ctrl-C',
  });
}

interface Options {
  readonly print?: boolean;
  readonly platform: PlatformName;
}

async function open(service: Page, { print = false, platform }: Options): Promise<void> {
  const { openDeployment } = await import('../deployment.js');
  const deployment = await openDeployment(platform);
  const address = `http://localhost:${deployment.settings.ports[pages[service]]}`;
  const { interruption } = await import('../interruption.js');
  const interrupted = interruption();
  const stays = await deployment.publish();
  if (stays) {
    const { reportEndpoints } = await import('../report.js');
    reportEndpoints(deployment);
    say();
  }
  say(address);
  if (!print && hasDisplay(process.platform, process.env)) {
    const { default: browse } = await import('open');
    await browse(address);
  }
  if (!stays) return;
  say('These addresses are open until Ctrl-C.');
  await interrupted.happened;
  await deployment.close();
}

/** Whether a browser could show anything: on Linux only where a display server is named. */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (platform !== 'linux' || env['WSL_DISTRO_NAME'] !== undefined) return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}
