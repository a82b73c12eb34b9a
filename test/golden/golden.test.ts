import { readFileSync } from 'node:fs';
import { ROOT } from '../../stacks/settings';
import { goldenFile, goldenNames, goldenText } from './files';
import { normalise } from './normalise';

const advice =
  'If the change is meant, run "npm run golden" and review the difference: a renamed key replaces that resource, and a volume’s data with it.';

test.each(goldenNames)('a reviewer sees what changes: %s', (stack) => {
  const [now, reviewed] = [goldenText(stack), readFileSync(goldenFile(stack), 'utf8')];
  const first = now.split('\n').findIndex((line, i) => line !== reviewed.split('\n')[i]);
  const at = (text: string) =>
    text
      .split('\n')
      .slice(Math.max(0, first - 3), first + 5)
      .join('\n');
  if (now !== reviewed)
    throw new Error(
      `${goldenFile(stack)} is not what the stack synthesises.\n${advice}\n\nreviewed:\n${at(reviewed)}\n\nnow:\n${at(now)}`,
    );
});

test.each(goldenNames)('the golden file is the same on every machine: %s', (stack) => {
  const text = readFileSync(goldenFile(stack), 'utf8');
  expect(text).not.toContain(ROOT);
  expect(text).not.toMatch(/\/(home|root|Users|tmp)\/[\w.-]+\/|docker\.sock/);
});

test('editing a program, an image or a DAG changes no golden file', () => {
  const stack = (hash: string, dag: string) => ({
    resource: {
      docker_image: {
        producer: {
          name: `streaming-platform/producer:${hash}`,
          triggers: { context: hash, NODE: `streaming-platform/node:${hash}` },
        },
      },
      kubernetes_config_map_v1: { folder: { data: { [dag]: `\${file("../../../pipeline-code/dags/${dag}")}` } } },
    },
  });
  expect(normalise(stack('aaaaaaaaaaaa', 'a.py'))).toBe(normalise(stack('bbbbbbbbbbbb', 'b.py')));
});
