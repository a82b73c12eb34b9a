import { adapt } from '../../cli/review/adapt';
import { type Json, planOfCreation } from '../../cli/review/plan';
import { review } from '../../cli/review/review';
import { scrub } from '../../cli/review/scrub';
import { compareContract } from '../../cli/review/contract';
import { stackLine } from '../../cli/review/words';
import { type StackName, stacks, synthesise } from '../synth';

const synthesised = { local: synthesise('local'), k8s: synthesise('k8s') };
const everything = { hasImage: () => true, hasFile: () => true };

describe('a stack that cannot be planned as it is', () => {
  test('is planned as it is where nothing is missing', () => {
    const stack = synthesised.local;
    expect(adapt(stack, everything)).toEqual({ stack, notes: [] });
  });

  test('is planned with the name of an image that is not built yet', () => {
    const { stack, notes } = adapt(synthesised.local, { ...everything, hasImage: (name) => !/kafka/.test(name) });
    expect(stack.data.docker_image).not.toHaveProperty('kafka');
    expect(stack.resource.docker_container.kafka.image).toMatch(/^streaming-platform\/kafka:[0-9a-f]{12}$/);
    expect(notes).toEqual([
      expect.stringMatching(/^image streaming-platform\/kafka:.* is not built yet: "npm run images"/),
    ]);
  });

  test.each<[StackName, string, string]>([
    ['local', 'docker_container.airflow-scheduler', 'env'],
    ['k8s', 'kubernetes_secret_v1.postgres', 'data'],
  ])('leaves out of the %s stack what follows from secrets that are not here', (name, address, attribute) => {
    const { stack, notes } = adapt(synthesised[name], {
      ...everything,
      hasFile: (path) => !path.includes('/secrets/'),
    });
    const [type, id] = address.split('.') as [string, string];
    expect(stack.resource[type][id].lifecycle.ignore_changes).toEqual([attribute]);
    expect(JSON.stringify(stack)).not.toMatch(/file\(\\"[^"]*\/secrets\//);
    expect(notes).toEqual([expect.stringContaining("the deployment's secrets are not here")]);
  });
});

describe('a stack that is not deployed', () => {
  test.each(Object.keys(stacks) as StackName[])('%s would be created, and nothing of it is asked for', (name) => {
    const [made] = review([{ stack: name, plan: planOfCreation(synthesised[name]), basis: 'nothing' }]).stacks;
    expect(stackLine(made!)).toBe('nothing is deployed, 16 services would be created');
    const kafka = made!.services.find(({ service }) => service === 'kafka')!;
    expect(kafka).toMatchObject({ happening: 'created', data: 'none' });
    expect(kafka.changes).toContainEqual({
      what: 'image',
      after: expect.stringMatching(/^streaming-platform\/kafka:/),
    });
    expect(kafka.changes).toContainEqual({ what: 'memory', after: expect.stringMatching(/^768 ?Mi/) });
    expect(made!.reach.opened).toContainEqual(expect.objectContaining({ from: 'producer', to: 'kafka' }));
    expect(made!.reach.opened).not.toContainEqual(expect.objectContaining({ from: 'random-user', to: 'kafka' }));
  });

  test('shows of a secret only its name', () => {
    const text = JSON.stringify(review([{ stack: 'k8s', plan: planOfCreation(synthesised.k8s), basis: 'nothing' }]));
    expect(text).toContain('{"what":"secret producer-token","after":"(secret)"}');
    expect(text).not.toMatch(/\.deployments|file\(/);
  });
});

/** The Kubernetes stack as a state holds it: blocks are lists. */
describe('a plan of the Kubernetes stack', () => {
  const base = synthesised.k8s;
  const reviewed = (change: (stack: Json) => void) => {
    const wanted = structuredClone(base) as Json;
    change(wanted);
    const plan = planOfCreation(wanted);
    const before = (type: string, name: string) => base.resource[type]?.[name];
    const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);
    const gone = Object.entries(base.resource).flatMap(([type, named]) =>
      Object.keys(named)
        .filter((name) => !wanted.resource[type]?.[name])
        .map((name) => ({
          address: `${type}.${name}`,
          mode: 'managed' as const,
          type,
          name,
          actions: ['delete' as const],
        })),
    );
    const there = plan.resource_changes!.map(({ type, name, address, mode }) => ({
      address,
      mode,
      type,
      name,
      actions: same(before(type, name), wanted.resource[type][name])
        ? ['no-op' as const]
        : before(type, name)
          ? ['update' as const]
          : ['create' as const],
    }));
    const resource_changes = [...there, ...gone].map(({ actions, ...one }) => ({
      ...one,
      change: {
        actions,
        before: before(one.type, one.name) ?? null,
        after: wanted.resource[one.type]?.[one.name] ?? null,
      },
    }));
    return review([{ stack: 'k8s', plan: { ...plan, resource_changes }, basis: 'deployment' }]).stacks[0]!;
  };
  const said = (made: ReturnType<typeof reviewed>) =>
    Object.fromEntries(made.services.map(({ service, happening, data }) => [service, [happening, data]]));
  const podOf = (stack: Json, type: string, name: string) => stack.resource[type][name].spec.template.spec;

  test('scales without a gap', () => {
    const made = reviewed((stack) => (stack.resource.kubernetes_deployment_v1.producer.spec.replicas = '3'));
    expect(said(made)).toEqual({ producer: ['changed', 'none'] });
    expect(made.services[0]!.changes).toEqual([{ what: 'replicas', before: '1', after: '3' }]);
  });

  test('restarts what gets more memory', () => {
    const made = reviewed((stack) => {
      podOf(stack, 'kubernetes_stateful_set_v1', 'kafka').container[0].resources.limits.memory = '1Gi';
    });
    expect(said(made)).toEqual({ kafka: ['restarted', 'restart'] });
  });

  test('shows an edited DAG as a change without a gap', () => {
    const made = reviewed((stack) => {
      stack.resource.kubernetes_config_map_v1['folder-pipeline-code-dags'].data['user_automation.py'] =
        'import airflow\n';
    });
    expect(Object.values(said(made))).toEqual(made.services.map(() => ['changed', 'none']));
    expect(made.services.map(({ service }) => service)).toContain('airflow-scheduler');
  });

  test('keeps the claims of a service that is removed', () => {
    const made = reviewed((stack) => delete stack.resource.kubernetes_stateful_set_v1.cassandra);
    expect(said(made)).toEqual({ cassandra: ['removed', 'moved'] });
  });

  test('loses the data of a claim that is removed', () => {
    const made = reviewed((stack) => delete stack.resource.kubernetes_persistent_volume_claim_v1['airflow-logs']);
    expect(made.data).toBe('lost');
  });

  test('shows who may reach whom, exact per port', () => {
    const made = reviewed(
      (stack) => (stack.resource.kubernetes_network_policy_v1.kafka.spec.ingress[0].ports[0].port = '9999'),
    );
    expect([made.reach.opened, made.reach.closed].map((list) => list[0]!.ports)).toEqual([['9999'], ['29092']]);
  });
});

describe('the contract', () => {
  const schema = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'User', fields });
  const id = { name: 'id', type: 'string' };

  test('may get a field with a default', () => {
    const wanted = schema(id, { name: 'nickname', type: ['null', 'string'], default: null });
    expect(compareContract(schema(id), wanted)).toEqual({
      changes: ['contract: field nickname is new: ["null","string"]'],
      refused: [],
    });
  });

  test('may not get a field that old records have not', () => {
    expect(compareContract(schema(id), schema(id, { name: 'age', type: 'int' })).refused).toEqual([
      "field 'age' is new and has no default",
    ]);
  });
});

test('a secret in a text that nobody has marked is taken out, and so is the password of an address', () => {
  const note = 'copied tops3cretvalue, see postgresql://airflow:pass@postgres/airflow';
  const made = { data: 'none', changed: true, stacks: [{ notes: [note] }] } as never;
  expect(JSON.stringify(scrub(made, ['tops3cretvalue\n', 'short']))).toContain(
    'copied (secret), see postgresql://airflow:(secret)@postgres/airflow',
  );
});
