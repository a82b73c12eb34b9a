/** Label on every object of a deployment; its value never changes, because a changed label replaces a volume with its data. */
export const DEPLOYMENT_LABEL = 'io.streaming-platform.deployment';
/** Label on every container: the workload it belongs to. */
export const WORKLOAD_LABEL = 'io.streaming-platform.workload';
/** Label on every container with a health check: its hash. */
export const HEALTH_LABEL = 'io.streaming-platform.health';

/** Go's own spelling of a duration. Any other spelling of the same time is a difference in every plan. */
export function goDuration(seconds: number): string {
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = seconds % 60;
  if (h > 0) return `${h}h${m}m${s}s`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}
