import { z } from 'zod';

/** The official chart. It cannot be had everywhere; nothing of it is in this repository. */
export const airflowChart = {
  repository: 'https://airflow.apache.org',
  name: 'airflow',
  version: '1.22.0',
} as const;

/** Names that the chart's objects get by the name of the release. */
export const RELEASE = 'airflow';
export const SERVICE = `${RELEASE}-api-server`;
export const HTTP_PORT = 8080;
/** The one Secret object that its values name. The keys in it are the chart's. */
export const SECRETS = 'airflow-chart';
/** The ConfigMap with the files of the DAG Authors. */
export const DAGS = 'folder-pipeline-code-dags';
/** On every pod of the chart. */
export const pods = { release: RELEASE, tier: 'airflow' } as const;

/** What helm-values/airflow.yaml must say for the rest of the platform to find what `IAirflow` promises. */
export const promisedValues = z.looseObject({
  executor: z.literal('LocalExecutor'),
  // Another name of the service, or another port, and its clients look in vain.
  fullnameOverride: z.literal(RELEASE),
  ports: z.looseObject({ apiServer: z.literal(HTTP_PORT) }),
  apiServer: z.looseObject({ service: z.looseObject({ type: z.literal('ClusterIP') }) }),
  // Ours, with their data: the chart must not bring its own.
  postgresql: z.looseObject({ enabled: z.literal(false) }),
  redis: z.looseObject({ enabled: z.literal(false) }),
  data: z.looseObject({ metadataSecretName: z.literal(SECRETS) }),
  fernetKeySecretName: z.literal(SECRETS),
  apiSecretKeySecretName: z.literal(SECRETS),
  jwtSecretName: z.literal(SECRETS),
  // `airflow-init` makes the database, the people and the connection to the producer.
  migrateDatabaseJob: z.looseObject({ enabled: z.literal(false) }),
  createUserJob: z.looseObject({ defaultUser: z.looseObject({ enabled: z.literal(false) }) }),
  volumes: z.array(z.looseObject({ configMap: z.looseObject({ name: z.literal(DAGS) }) })).length(1),
});
