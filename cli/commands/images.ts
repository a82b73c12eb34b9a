import { Argument, Command } from 'commander';
import { imageNames, type ImageName } from '../../toolchain/images/table';
import { examples } from '../output';

export function imagesCommand(): Command {
  const command = new Command('images')
    .description('build the service images whose content has changed')
    .addArgument(
      new Argument('[image...]', 'which ones, with what they are built on; default: all').choices(imageNames),
    )
    .action(async (names: ImageName[]) => {
      const { buildImages } = await import('../../toolchain/images/build.js');
      const { openDeployment } = await import('../deployment.js');
      openDeployment(); // the engine that the set-up chose
      await buildImages(names.length > 0 ? { only: names } : {});
    });
  return examples(command, {
    images: 'all that have changed',
    'images kafka': 'one, with what it is built on',
  });
}
