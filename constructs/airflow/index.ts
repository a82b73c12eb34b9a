export * from './airflow';
export * from './airflow-chart';
