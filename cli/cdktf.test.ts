import { completedWorkload, failureLines } from './cdktf';

describe('what is shown of Terraform’s output', () => {
  it('is the error itself, without what was said before it', () => {
    const log = [
      'local  docker_image.stream: Creating...',
      'local  ╷',
      '       │ Error: did not find docker image streaming-platform/kafka:1',
      '       │ ',
      '       │   with data.docker_image.kafka',
      '       ╵',
    ].join('\n');
    expect(failureLines(log)).toEqual([
      'Error: did not find docker image streaming-platform/kafka:1',
      '  with data.docker_image.kafka',
    ]);
  });

  it('is the end of the log where there is no such error', () => {
    expect(failureLines('a\n\nunknown key "prots"\n')).toEqual(['a', 'unknown key "prots"']);
  });

  it('tells when a service has passed its own wait', () => {
    expect(completedWorkload('docker_container.spark-master: Creation complete after 4s [id=1]')).toBe('spark-master');
    expect(completedWorkload('docker_network.kafka: Creation complete after 2s [id=1]')).toBeUndefined();
  });
});
