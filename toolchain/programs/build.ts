import { type Program, programs } from '../../constructs/images';
import { build, findBuilder, presentReferences } from '../images/engine';
import { type Log, print, seconds } from '../log';
import { bundleProgram, programReference } from './bundle';

/**
 * Makes sure that the engine has the image of every program under its current tag; builds only what is missing. A
 * deployment to Docker builds them by itself; on a cluster they must be there before.
 */
export async function buildPrograms(log: Log = print, only: readonly Program[] = programs): Promise<void> {
  const present = await presentReferences();
  const missing = only.filter((program) => !present.has(programReference(program)));
  if (missing.length === 0) return log(`programs: the images of all ${only.length} are present`);
  const builder = await findBuilder();
  for (const program of missing) {
    const began = Date.now();
    const { folder, buildArgs } = bundleProgram(program);
    const reference = programReference(program);
    await build(builder, {
      what: `the image of the program ${program}`,
      context: folder,
      reference,
      label: `io.streaming-platform.image=${program}`,
      args: buildArgs,
    });
    log(`program ${program}: built as ${reference} (${seconds(Date.now() - began)})`);
  }
}
