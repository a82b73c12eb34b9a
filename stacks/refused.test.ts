import { Testing } from 'cdktf';
import { LocalStack } from './local';
import { declareOrRefuse } from './refused';
import { resolveSettings } from './settings';

describe('several of a kind on Docker', () => {
  const settings = resolveSettings({ profile: 'production' });

  test('are refused, with the way out', () => {
    const app = Testing.app({ fakeCdktfJsonPath: true });
    expect(() => new LocalStack(app, 'local', settings)).toThrow(
      'workload "zookeeper" has replicas 3: the Docker platform runs exactly one replica of each, use the k8s stack for more',
    );
  });

  test('the plan says so, and nobody is kept from deploying it to a cluster', () => {
    const app = Testing.app({ fakeCdktfJsonPath: true });
    const stack = declareOrRefuse(app, 'local', 'local.tfstate', () => new LocalStack(app, 'local', settings));
    const {
      locals,
      resource: made,
      terraform,
    } = JSON.parse(Testing.synth(stack)) as {
      locals: { refused: string };
      resource: { terraform_data: { refused: { lifecycle: { precondition: { error_message: string }[] } } } };
      terraform: { backend: { local: { path: string } } };
    };
    expect(locals.refused).toContain('"zookeeper" has replicas 3');
    expect(Object.keys(made)).toEqual(['terraform_data']);
    expect(made.terraform_data.refused.lifecycle.precondition[0]!.error_message).toBe('${local.refused}');
    expect(terraform.backend.local.path).toBe('local.tfstate');
  });

  test('another mistake is not taken for it', () => {
    const app = Testing.app({ fakeCdktfJsonPath: true });
    const wrong = () => {
      throw new TypeError('a bug');
    };
    expect(() => declareOrRefuse(app, 'local', 'local.tfstate', wrong)).toThrow(TypeError);
  });
});
