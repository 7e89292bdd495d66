/** Bytes of `terraform show -json`. Judging takes about ten times that in memory, in a process that does other things too. */
export const MAX_PLAN_JSON = 64 * 1024 * 1024;

export const PLAN_TOO_LARGE = `The plan is larger than the gateway can judge (${MAX_PLAN_JSON >> 20} MB as JSON). Plan a part of it with -target.`;
