import { completedWorkload, doingNow, failedWorkload, failureLines } from './cdktf';

describe('what is shown of Terraform’s output', () => {
  it('is the error itself, without what was said before it', () => {
    const log = [
      'local  docker_container.kafka (K/kafka/container): Creating...',
      '       docker_container.kafka (K/kafka/container) (local-exec): local-exec: Executing: Suppressed by quiet=true',
      'local  Error: local-exec provisioner error',
      '         with docker_container.kafka (K/kafka/container),',
      '       exit status 1. Output: kafka is not ready after 5 s.',
      '0 Stacks deploying     1 Stack done     0 Stacks waiting',
    ].join('\n');
    expect(failureLines(log)).toEqual([
      'Error: local-exec provisioner error',
      '         with docker_container.kafka (K/kafka/container),',
      '       exit status 1. Output: kafka is not ready after 5 s.',
    ]);
  });

  it('is the end of the log where there is no such error', () => {
    expect(failureLines('a\n\nunknown key "prots"\n')).toEqual(['a', 'unknown key "prots"']);
  });

  it('tells when a service has passed its own wait', () => {
    expect(completedWorkload('docker_container.spark-master: Creation complete after 4s [id=1]')).toBe('spark-master');
    expect(
      completedWorkload('       docker_container.kafka (K/kafka/container): Creation complete after 9s [id=1]'),
    ).toBe('kafka');
    // The container that carries the files of ZooKeeper, as cdktf spells it.
    expect(
      completedWorkload('docker_container.zookeeper (Z/zookeeper/container)-config: Creation complete after 1s [id=1]'),
    ).toBeUndefined();
    expect(completedWorkload('docker_network.kafka: Creation complete after 2s [id=1]')).toBeUndefined();
  });

  it('tells which service Terraform could not change', () => {
    const log =
      'Error: Unable to update a container\n  with docker_container.schema-registry (P/container),\n  on cdk.tf.json';
    expect(failedWorkload(log)).toBe('schema-registry');
    expect(failedWorkload('Error: Invalid provider configuration')).toBeUndefined();
  });

  it('is what it does now, and none of its explanations', () => {
    expect(doingNow('local  docker_image.stream (image-stream): Still creating... [10s elapsed]')).toBeUndefined();
    expect(doingNow('docker_image.stream (image-stream): Still creating... [10s elapsed]')).toBe(
      'docker_image.stream (image-stream): Still creating... [10s elapsed]',
    );
    expect(doingNow('       docker_network.kafka (network-kafka): Creation complete after 2s [id=6f]')).toBe(
      'docker_network.kafka (network-kafka): Creation complete after 2s',
    );
    expect(doingNow('commands will detect it and remind you to do so if necessary.')).toBeUndefined();
  });
});
