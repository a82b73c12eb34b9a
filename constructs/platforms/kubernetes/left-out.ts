/** What provider 2.38 can say and the stand-in, 1.13, cannot: declared where the first applies the stack, else left out. */
export const LEFT_OUT = [
  'seccomp profile',
  'limits of disk space on the node',
  'disruption budgets',
  'spread over zones',
  'enforcement of Pod Security restricted',
] as const;
