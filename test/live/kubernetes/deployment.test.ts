import { type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesDeployment } from '../../../cli/kubernetes/deployment';
import { newestPods, podOf } from '../../../cli/kubernetes/pods';
import { declaredWorkloads } from '../../../stacks/declared';
import { checkRoles } from '../airflow-roles';
import { deployment as docker, port } from '../support/checkout';
import { declaredTargets, SILENT, tryConnections, type Tried } from '../support/connections';
import { documented } from '../support/documented';
import { until } from '../support/engine';
import { expectOrphanEndsUnnoticed, startOfPostgres } from '../support/postgres';
import { expectDeadLetter, expectExact, newRun, Pipeline } from '../support/pipeline';
import { killGroup, killTree, killWhileWriting } from '../support/run';
import { begin, cdktf, checkout, deployed, end, passed, streaming } from './support';

/** Without caches Kubernetes itself is built, and the provider. */
const COLD_MS = 3_600_000;
const PAGE = 'docs/commands/kubernetes.md';

const reason = process.env['STREAMING_NO_CLUSTER'];
/** Counted as skipped, with the reason, where no cluster can be had. */
const onCluster = reason === undefined ? describe : describe.skip;

/**
 * What is different on Docker, and why: jobs have no pod that could try connections when they have ended; a pod that is
 * deleted comes back by itself, where a container has to be started; nothing is ever stopped and kept.
 */
onCluster(`on Kubernetes${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const k8s = ['--platform', 'k8s'];
  const folder = join(checkout, '.deployments', docker.name);
  const state = join(folder, 'k8s.tfstate');
  let deployment: KubernetesDeployment;
  let pipeline: Pipeline;
  let tried: Tried[] = [];

  beforeAll(async () => {
    await begin();
    passed(await streaming(['setup', ...k8s], { timeoutSeconds: 1800 }));
    deployment = deployed();
    pipeline = new Pipeline(deployment);
  }, COLD_MS);

  afterAll(async () => {
    await deployment?.close();
    await end();
  }, 300_000);

  /** The pod of a service, when one is ready that is not the given one. */
  const readyPod = (service: string, seconds: number, not?: string): Promise<string> =>
    until(`a ready pod of ${service}`, seconds, async () => {
      const pod = podOf(newestPods(await deployment.pods()), service);
      const uid = pod?.metadata?.uid;
      return pod?.status?.containerStatuses?.every(({ ready }) => ready) === true && uid !== not && uid;
    });

  const deletePod = async (service: string): Promise<string> => {
    const { core, namespace } = await deployment.access();
    const { name, uid } = podOf(newestPods(await deployment.pods()), service)!.metadata!;
    await core.deleteNamespacedPod({ name: name!, namespace });
    return uid!;
  };
  const logOf = async (service: string): Promise<string> => {
    const { core, namespace } = await deployment.access();
    const { name } = podOf(newestPods(await deployment.pods()), service)!.metadata!;
    return core.readNamespacedPodLog({ name: name!, namespace, container: service });
  };

  const postgresNow = async (): Promise<{ restarts: number; ready: boolean }> => {
    const [container] = podOf(newestPods(await deployment.pods()), 'postgres')?.status?.containerStatuses ?? [];
    return { restarts: container?.restartCount ?? 0, ready: container?.ready === true };
  };

  describe('before anything is created', () => {
    it('a context that is not there is refused, with those that are', async () => {
      const { code, output } = await streaming(['up', ...k8s], {
        env: { ...process.env, STREAMING_K8S_CONTEXT: 'nowhere' },
      });
      expect([code, output]).toEqual([2, expect.stringMatching(/there is no context "nowhere"\. Contexts in .*: \w+/)]);
    });

    it.each(['stop', 'doctor', 'secrets rotate producer-token'])(
      '"%s" says that it works on Docker only',
      async (command) => {
        const { code, output } = await streaming([...command.split(' '), ...k8s]);
        expect([code, output]).toEqual([2, expect.stringMatching(/works on Docker only\. On Kubernetes /)]);
      },
    );

    it('plain cdktf names the images that are on no node, and what brings them there', async () => {
      const { code, output } = await cdktf('deploy', 'k8s', '--auto-approve');
      expect([code, output]).toEqual([1, expect.stringMatching(/kafka:[0-9a-f]{12} is not on node \w+/)]);
      expect(output).toContain('npx streaming cluster load');
      expect((await deployment.belongings()).nothing).toBe(true);
    });
  });

  it('cluster load brings the images onto the nodes', async () => {
    passed(await streaming(['cluster', 'load'], { timeoutSeconds: 900 }));
  }, 920_000);

  /** `up`, killed some seconds after it has begun to make things. */
  const killedUp = async (seconds: number, kill: (child: ChildProcess) => void): Promise<void> => {
    const log = join(folder, 'deploy.log');
    rmSync(log, { force: true });
    let child: ChildProcess | undefined;
    const makes = setInterval(() => {
      if (!existsSync(log) || !/: (Creating|Modifying|Refreshing)/.test(readFileSync(log, 'utf8'))) return;
      clearInterval(makes);
      setTimeout(() => kill(child!), seconds * 1000);
    }, 50);
    const killed = await streaming(['up', '--no-proof', ...k8s], { onStart: (started) => (child = started) });
    clearInterval(makes);
    // Either it was killed, or it was already done: both are what a user may do. It must not fail by itself.
    expect(killed.signal === 'SIGKILL' || killed.code === 0 ? '' : killed.output).toBe('');
  };

  it('destroy leaves nothing of what was killed before Terraform had a state', async () => {
    await killedUp(4, killWhileWriting(state));
    expect((await deployment.belongings()).nothing).toBe(false);
    passed(await cdktf('destroy', 'k8s', '--auto-approve'));
    expect((await deployment.belongings()).nothing).toBe(true);
  }, 300_000);

  // Whatever it has made by then: a name that is taken must not stop the next one.
  it.each([
    [0.5, 'with all that it has started', killTree],
    [3, 'with all that it has started', killTree],
    [20, 'with all that it has started', killTree],
    [10, 'with all that it has started, while Terraform writes its state', killWhileWriting(state)],
    // Terraform goes on in the background then, and the next command waits for it.
    [10, 'alone', killGroup],
  ])(
    'up can be killed %d s after it has begun to make things, %s',
    (seconds, _how, kill) => killedUp(seconds, kill),
    300_000,
  );

  it('up deploys it, and the proof follows users to rows that can be read', async () => {
    const up = await streaming(['up', ...k8s], { timeoutSeconds: 900 });
    passed(up);
    expect(up.output).toContain('proof passed');
    expect(up.output).toMatch(/first row \d/);
  }, 920_000);

  it('a second deployment changes nothing, and diff finds nothing', async () => {
    const again = await cdktf('deploy', 'k8s', '--auto-approve');
    passed(again);
    expect(again.output).toContain('Resources: 0 added, 0 changed, 0 destroyed');
    const diff = await cdktf('diff', 'k8s');
    expect([diff.code, diff.output.slice(-2000)]).toEqual([0, expect.stringContaining('No changes')]);
  }, 300_000);

  it('another checkout with the same name is refused, or it would take all of this for leftovers of its own', async () => {
    renameSync(state, `${state}.elsewhere`);
    try {
      const { code, output } = await cdktf('deploy', 'k8s', '--auto-approve');
      expect([code, output]).toEqual([1, expect.stringMatching(/another checkout made it/)]);
    } finally {
      renameSync(`${state}.elsewhere`, state);
    }
  }, 120_000);

  it('status knows every service, with its memory', async () => {
    const { code, output } = await streaming(['status', ...k8s, '--json']);
    expect(code).toBe(0);
    const {
      state,
      services,
      pipeline: seen,
    } = JSON.parse(output) as {
      state: string;
      services: { name: string; job: boolean; state: string; memoryMiB?: number }[];
      pipeline: { ledger: { balanced: boolean }; unknown: object };
    };
    expect([state, services.filter((one) => one.state !== 'healthy' && one.state !== 'done')]).toEqual(['running', []]);
    expect(services.filter((one) => !one.job && !one.memoryMiB)).toEqual([]);
    documented(PAGE, 'status', (await streaming(['status', ...k8s])).output.split('\n\nlast runs')[0]!);
    expect([seen.ledger.balanced, seen.unknown]).toEqual([true, {}]);
  });

  it('ledger balances', async () => {
    const { code, output } = await streaming(['ledger', ...k8s]);
    expect([code, output]).toEqual([0, expect.stringMatching(/produced (\d+) = stored \1 \+ dead-lettered 0/)]);
  });

  it('logs are merged by time, of the services that were asked for', async () => {
    const { code, output } = await streaming(['logs', 'kafka', 'stream', '--tail', '20', ...k8s]);
    expect([code, output.trim().split('\n').length]).toEqual([0, 20]);
    expect(output).not.toMatch(/(cassandra|zookeeper) +\|/);
  });

  it('Airflow lets each of the three roles do what it may, and nothing else', async () => {
    const results = await checkRoles(`http://localhost:${await deployment.port('airflow')}`, {
      admin: deployment.secret('airflow-admin-password').trim(),
      author: deployment.secret('airflow-author-password').trim(),
      operations: deployment.secret('airflow-operations-password').trim(),
    });
    expect(results.length).toBeGreaterThan(40);
    expect(results.filter((one) => !one.ok)).toEqual([]);
  });

  it('a message that is no user goes to the dead letters with its bytes, and the others go on', async () => {
    await expectDeadLetter(pipeline);
  }, 240_000);

  it('Postgres goes on when a process that somebody ran in its pod ends', async () => {
    await expectOrphanEndsUnnoticed((service, command) => deployment.exec(service, command));
  });

  describe('of all connections between all pods', () => {
    beforeAll(async () => {
      const workloads = declaredWorkloads(deployment.settings);
      const pods = newestPods(await deployment.pods());
      const { core } = await deployment.access();
      const { spec } = await core.readNamespacedService({ name: 'kubernetes', namespace: 'default' });
      const targets = [
        ...declaredTargets(workloads, (name) => [podOf(pods, name)!.status!.podIP!]),
        // Nobody has declared it.
        { name: 'the API server', hosts: [spec!.clusterIP!], port: spec!.ports![0]!.port },
      ];
      tried = await tryConnections(workloads, targets, (from, command) => deployment.exec(from, command));
    });

    it('each declared one works', () => {
      expect(tried.filter((one) => one.declared).length).toBeGreaterThan(15);
      expect(tried.filter((one) => one.declared && !one.opened && !SILENT.has(one.to))).toEqual([]);
    });

    it('each other one is refused', () => {
      expect(tried.filter((one) => !one.declared).length).toBeGreaterThan(150);
      expect(tried.filter((one) => !one.declared && one.opened)).toEqual([]);
    });
  });

  describe('a pod that is deleted while records flow loses nobody', () => {
    it.each(['producer', 'kafka', 'schema-registry', 'stream', 'spark-worker', 'cassandra'])(
      '%s',
      async (service) => {
        const runId = newRun(service);
        await pipeline.flowing(runId, 2000);
        const before = await deletePod(service);
        await readyPod(service, 240, before);
        expect(await pipeline.finished(runId, 2000, 240)).toMatchObject({ state: 'succeeded', acknowledged: 2000 });
        expectExact(await pipeline.ledger(runId, 240), 2000);
      },
      600_000,
    );

    it('postgres, whose folder the cluster gives to a group at every mount; its database is closed before it ends', async () => {
      await readyPod('postgres', 120, await deletePod('postgres'));
      expect(await startOfPostgres(() => logOf('postgres'))).toBe('shut down');
    }, 180_000);
  });

  it('Postgres recovers by itself when it is killed, whose number its lock then names', async () => {
    const { restarts } = await postgresNow();
    const kill = 'kill -KILL "$(head -1 "$PGDATA/postmaster.pid")"';
    await deployment.exec('postgres', ['bash', '-c', kill]).catch(() => {}); // the connection ends with the server
    await until('Postgres to be ready again', 120, async () => {
      const now = await postgresNow();
      return now.restarts > restarts && now.ready;
    });
    expect(await startOfPostgres(() => logOf('postgres'))).toBe('interrupted');
  }, 180_000);

  it('open keeps the ports of this machine open while pods come and go', async () => {
    let said = '';
    let child: ChildProcess | undefined;
    const running = streaming(['open', '--print', ...k8s], {
      onOutput: (text) => (said += text),
      onStart: (started) => (child = started),
    });
    try {
      await until('the addresses', 30, async () => said.includes('open until Ctrl-C'));
      expect(said).toContain(`http://localhost:${port(9021)}`);
      documented(PAGE, 'open', said.replace(/^[^]*?(?=address)/, '').replace(/\n\nTo paste[^]*/, '\n'));
      const ask = async () => (await fetch(`http://127.0.0.1:${port(9021)}/`)).status;
      expect(await ask()).toBe(200);
      const before = await deletePod('control-center');
      await readyPod('control-center', 120, before);
      expect(await until('the page of the new pod', 20, ask)).toBe(200);
      const registry = await fetch(`http://127.0.0.1:${port(8081)}/subjects`);
      expect(await registry.json()).toContain('users_created-value');
    } finally {
      child?.kill('SIGINT');
    }
    expect((await running).code).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port(9021)}/`)).rejects.toThrow();
  }, 240_000);

  it('down leaves nothing: no namespace, no volume, no secrets', async () => {
    await deployment.close();
    const down = await streaming(['down', '--yes', ...k8s]);
    passed(down);
    documented(PAGE, 'down', down.output.replace(/^ +\d+ s .*\n/gm, ''));
    const { core, namespace } = await deployment.access();
    await expect(core.readNamespace({ name: namespace })).rejects.toMatchObject({ code: 404 });
    await until('the volumes to be gone', 30, async () => {
      const { items } = await core.listPersistentVolume();
      return items.filter(({ spec }) => spec?.claimRef?.namespace === namespace).length === 0;
    });
    expect(existsSync(folder)).toBe(false);
  }, 400_000);
});
