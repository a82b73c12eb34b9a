import { loadSettings } from '../stacks/settings';
import { setUp } from './setup';

/** `npm run setup`: only the set-up, for those who then use `npx cdktf` themselves. */
setUp({ deployment: loadSettings().name }).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
