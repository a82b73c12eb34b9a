/** Writes the golden files anew: `npm run golden`. */
import { writeFileSync } from 'node:fs';
import { goldenFile, goldenNames, goldenText } from './files';

for (const stack of goldenNames) {
  writeFileSync(goldenFile(stack), goldenText(stack));
  console.log(`wrote ${goldenFile(stack)}`);
}
