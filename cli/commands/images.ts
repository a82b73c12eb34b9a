import { Argument, Command } from 'commander';
import { imageNames, type ImageName } from '../../toolchain/images/table';
import { examples } from '../output';

export function imagesCommand(): Command {
  const command = new Command('images').description('the images of this project: build, list, push, prune');
  examples(
    command
      .command('build', { isDefault: true })
      .description('build the images whose content has changed: of the services, and of the programs')
      .addArgument(
        new Argument('[image...]', 'which ones, with what they are built on; default: all').choices(imageNames),
      )
      .action(async (names: ImageName[]) => {
        const { buildImages } = await import('../../toolchain/images/build.js');
        const { openDocker } = await import('../docker.js');
        openDocker(); // the engine that the set-up chose
        if (names.length > 0) await buildImages({ only: names });
        else await (await import('../kubernetes/images.js')).buildAll();
      }),
    { images: 'all that have changed', 'images kafka': 'one, with what it is built on' },
  );
  examples(
    command
      .command('list')
      .description('every image of this project in the engine, and those that are missing')
      .option('--json', 'one JSON document')
      .action(async ({ json = false }: { json?: boolean }) => {
        const { openDocker } = await import('../docker.js');
        const { listImages } = await import('../images.js');
        await listImages(openDocker().docker, json);
      }),
    { 'images list': 'a table', 'images list --json': 'for scripts' },
  );
  examples(
    command
      .command('push')
      .description('bring the images of this deployment to the registry that the settings name')
      .action(async () => {
        const { loadSettings } = await import('../../stacks/settings.js');
        const { print } = await import('../../toolchain/log.js');
        const { openDocker } = await import('../docker.js');
        const { buildAll, builtImages } = await import('../kubernetes/images.js');
        const { pushImages } = await import('../kubernetes/push-images.js');
        const settings = loadSettings();
        openDocker(settings); // the engine that the set-up chose
        await buildAll();
        await pushImages(settings.images, builtImages(settings), print);
      }),
    { 'images push': 'builds what has changed, then pushes' },
  );
  examples(
    command
      .command('prune')
      .description('remove images of this project that no container uses and this checkout does not need')
      .option('--yes', 'do not ask')
      .action(async ({ yes = false }: { yes?: boolean }) => {
        const { openDocker } = await import('../docker.js');
        const { pruneImages } = await import('../images.js');
        await pruneImages(openDocker().docker, yes);
      }),
    { 'images prune': 'lists what would go, then asks' },
  );
  return examples(command, {
    images: 'all that have changed',
    'images kafka': 'one, with what it is built on',
    'images list': 'what the engine has',
    'images push': 'to the registry of the settings',
    'images prune': 'remove what nobody uses',
  });
}
