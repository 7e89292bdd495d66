import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one finding of cdk-nag on one resource, with the reason why it is right as it is. */
export function accept(where: IConstruct, rule: string, reason: string): void {
  Validations.of(where).acknowledge({ id: rule, reason });
}
