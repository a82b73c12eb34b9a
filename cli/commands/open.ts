import { Argument, Command } from 'commander';
import { examples, say } from '../output';

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
    .action(open);
  return examples(command, {
    open: 'Airflow',
    'open control-center': 'topics, messages, groups and lag, schemas',
    'open spark-master --print': 'for another program',
  });
}

async function open(service: Page, { print }: { print?: boolean }): Promise<void> {
  const { openDeployment } = await import('../deployment.js');
  const { settings } = openDeployment();
  const address = `http://localhost:${settings.ports[pages[service]]}`;
  say(address);
  if (print || !hasDisplay(process.platform, process.env)) return;
  const { default: browse } = await import('open');
  await browse(address);
}

/** Whether a browser could show anything: on Linux only where a display server is named. */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (platform !== 'linux' || env['WSL_DISTRO_NAME'] !== undefined) return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}
