import { policyTools } from '../../toolchain/policy';

const print = (line: string) => void process.stderr.write(`${line}\n`);

/** Fetched and built the first time: minutes, and in the cache of the user, which a test that synthesises does not use. */
export default async function globalSetup(): Promise<void> {
  process.env['POLICY_CHECKOV'] = await policyTools.checkov(print);
  process.env['POLICY_KUBE_SCORE'] = await policyTools.kubeScore(print);
  process.env['POLICY_POD_SECURITY'] = await policyTools.podSecurity(print);
}
