/** Secrets Manager: values that the test gives. */
import type { PolicyDocument } from './iam.ts';
import { type AwsService, type Json, jsonService, type Need, ServiceError, text } from './service.ts';

export interface FakeSecret {
  readonly arn: string;
  readonly value: string;
  readonly policy?: PolicyDocument;
}

/** By ARN, or by the name in it. */
export function fakeSecrets(secrets: readonly FakeSecret[]): AwsService {
  const find = (input: Json): FakeSecret => {
    const id = text(input, 'SecretId');
    const found = secrets.find(
      ({ arn }) => arn === id || arn.split(':secret:')[1]?.replace(/-\w{6}$/, '') === id,
    );
    if (found === undefined) {
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return found;
  };
  return jsonService('secretsmanager', 'secretsmanager', '1.1', {
    GetSecretValue: {
      needs: (input): Need[] => {
        const { arn, policy } = find(input);
        return [{ action: 'secretsmanager:GetSecretValue', resource: arn, policy }];
      },
      answer(input) {
        const { arn, value } = find(input);
        return {
          ARN: arn,
          Name: arn,
          SecretString: value,
          VersionId: 'a'.repeat(32),
          VersionStages: ['AWSCURRENT'],
        };
      },
    },
  });
}
