/** Where the parts of a deployed gateway are: their names follow from the environment alone. */

export interface Deployed {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
}

export function placesOf({ environment, account, region }: Deployed) {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const prefix = `recourse-${environment}`;
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  return {
    prefix,
    table: (role: string) => `${prefix}-${role}`,
    tableArn: (role: string) => arn('dynamodb', `table/${prefix}-${role}`),
    artifacts: `${prefix}-artifacts-${account}`,
    artifactsArn: `arn:${partition}:s3:::${prefix}-artifacts-${account}/*`,
    roleArn: (role: string) => `arn:${partition}:iam::${account}:role/${prefix}-${role}`,
    function: (name: string) => `${prefix}-${name}`,
    functionArn: (name: string) => arn('lambda', `function:${prefix}-${name}`),
    projectArn: (lane: string) => arn('codebuild', `project/${prefix}-${lane}`),
    machineArn: (name: string) => arn('states', `stateMachine:${prefix}-${name}`),
    keyAlias: (key: string) => `alias/${prefix}-${key}`,
    /** The client secret with which the console logs people in, where Cognito is the issuer. */
    consoleSecret: `${prefix}-console-client`,
  };
}

export type Places = ReturnType<typeof placesOf>;
