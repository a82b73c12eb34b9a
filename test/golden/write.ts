/** Writes the golden files anew: `npm run golden`. */
import { writeFileSync } from 'node:fs';
import { goldenFile, goldenStacks, goldenText } from './files';

for (const stack of goldenStacks) {
  writeFileSync(goldenFile(stack), goldenText(stack));
  console.log(`wrote ${goldenFile(stack)}`);
}
