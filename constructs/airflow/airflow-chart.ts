import { Construct } from 'constructs';
import { checkValues, type ValuesFile } from '../chart-values';
import { service } from '../images';
import type { ChartPlatform, Endpoint } from '../workload';
import { type AirflowProps, type IAirflow, initJob } from './airflow';
import * as chart from './chart-values';
import * as config from './config';

export interface AirflowChartProps extends Omit<AirflowProps, 'platform'> {
  readonly platform: ChartPlatform;
  readonly values: ValuesFile;
}

/**
 * Airflow from its official chart: web server, scheduler and dag-processor are the chart's, on our image and with our
 * configuration. The job before them is ours, so that database, people and roles are the same.
 */
export class AirflowChart extends Construct implements IAirflow {
  readonly http: Endpoint;
  readonly passwords = config.passwords;

  constructor(scope: Construct, id: string, props: AirflowChartProps) {
    super(scope, id);
    const { platform, postgres, producer, values } = props;
    checkValues(values, chart.promisedValues);
    const init = platform.deploy(this, initJob(props));
    const [repository, tag] = splitImage(platform.imageName(service('airflow')));
    const ports = { http: { number: chart.HTTP_PORT, publish: props.publish } };
    const env = {
      ...config.common(),
      AIRFLOW__API__BASE_URL: platform.urlOf(ports.http),
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://${chart.SERVICE}:${chart.HTTP_PORT}/execution/`,
      AIRFLOW__CORE__PARALLELISM: String(props.tasksAtOnce ?? 1),
      AIRFLOW_VAR_USERS_PER_RUN: String(props.usersPerRun),
    };
    const ours = {
      images: { airflow: { repository, tag, pullPolicy: 'IfNotPresent' } },
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
    };
    const release = platform.release(this, {
      name: chart.SERVICE,
      release: chart.RELEASE,
      chart: chart.airflowChart,
      values: [values.text, JSON.stringify(ours)],
      ports,
      pods: chart.pods,
      secrets: {
        [chart.SECRETS]: {
          connection: postgres.url,
          'fernet-key': config.own.fernetKey,
          'api-secret-key': config.own.apiSecretKey,
          'jwt-secret': config.own.jwtSecret,
        },
      },
      folders: [{ folder: props.dagsFolder ?? config.DAGS_OF_REPOSITORY }],
      uses: [postgres.sql, producer.http],
      after: [init],
      takes: {
        pods: 3,
        cpu: 0.6,
        memoryMiB: props.apiServerMemoryMiB + props.schedulerMemoryMiB + props.dagProcessorMemoryMiB,
        claims: 1,
      },
      startSeconds: 600,
    });
    this.http = release.endpoint('http');
  }
}

function splitImage(reference: string): [repository: string, tag: string] {
  const at = reference.lastIndexOf(':');
  return [reference.slice(0, at), reference.slice(at + 1)];
}
