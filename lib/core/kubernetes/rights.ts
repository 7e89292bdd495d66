/** Who may do what in the cluster: roles, bindings, and what else hands out rights. */
import { type Effect, effect } from './effect.ts';
import { type Fields, isFields, listAt, textAt, textsAt } from './object.ts';

/** Verbs by which rights make more rights. */
const ESCALATING = new Set(['*', 'bind', 'escalate', 'impersonate']);
/** Resources whose reading or making is as good as somebody else's rights. */
const POWERFUL =
  /^(?:\*|secrets|pods\/(?:exec|attach|\*)|nodes\/(?:proxy|\*)|serviceaccounts\/token|certificatesigningrequests\/approval|(?:cluster)?rolebindings|(?:cluster)?roles|(?:mutating|validating)webhookconfigurations|mutatingadmissionpolic.*)$/;
const WIDE_ROLES =
  /^(?:cluster-admin|admin|edit|system:(?:masters|node|kube-.*|controller:.*|aggregate-.*))$/;
const NARROW_ROLES = /^(?:view|system:(?:basic-user|discovery|public-info-viewer))$/;
const EVERYBODY =
  /^(?:system:(?:authenticated|unauthenticated|anonymous|masters|serviceaccounts(?::.+)?|nodes))$/;

export function roleEffects(fields: Fields): Effect[] {
  const rules = listAt(fields, 'rules').filter(isFields);
  const wide = rules.flatMap((rule, index) => {
    const verbs = textsAt(rule, 'verbs').filter((verb) => ESCALATING.has(verb));
    const resources = textsAt(rule, 'resources').filter((resource) => POWERFUL.test(resource));
    const urls = textsAt(rule, 'nonResourceURLs').filter((url) => url === '*' || url === '/*');
    const telling = [...verbs, ...resources, ...urls];
    return telling.length === 0 ? [] : [{ path: `rules[${index}]`, value: telling }];
  });
  const aggregates = isFields(fields.aggregationRule)
    ? [{ path: 'aggregationRule', value: 'collects the rights of other roles' }]
    : [];
  const evidence = [...wide, ...aggregates];
  return [
    evidence.length === 0
      ? effect(1, 'iam_policy_change', 'the rights of a role are set')
      : effect(5, 'iam_policy_change', 'a role gets rights that lead to more rights', evidence),
  ];
}

export function bindingEffects(fields: Fields): Effect[] {
  const role = textAt(fields, 'roleRef.name') ?? '';
  const subjects = listAt(fields, 'subjects').flatMap((subject) => textAt(subject, 'name') ?? []);
  const everybody = subjects.filter((name) => EVERYBODY.test(name));
  const evidence = [
    { path: 'roleRef.name', value: role },
    { path: 'subjects', value: subjects },
  ];
  if (WIDE_ROLES.test(role)) {
    return [
      effect(5, 'iam_policy_change', `${role} is granted to ${subjects.join(', ') || 'nobody'}`, evidence),
    ];
  }
  if (everybody.length > 0)
    return [effect(5, 'iam_policy_change', `rights for ${everybody.join(', ')}`, evidence)];
  // What a role that stands elsewhere allows is not known here, and this grants it everywhere.
  if (textAt(fields, 'kind') === 'ClusterRoleBinding' && !NARROW_ROLES.test(role)) {
    return [effect(5, 'iam_policy_change', `${role} is granted in every namespace`, evidence)];
  }
  return [effect(1, 'iam_policy_change', 'who has which rights in the cluster changes', evidence)];
}

/** Annotations that tie a service account to an identity in a cloud. */
const CLOUD_IDENTITY =
  /^(?:eks\.amazonaws\.com\/role-arn|iam\.gke\.io\/gcp-service-account|azure\.workload\.identity\/client-id)$/;

export function serviceAccountEffects(fields: Fields): Effect[] {
  const metadata = isFields(fields.metadata) ? fields.metadata : {};
  const annotations = isFields(metadata.annotations) ? metadata.annotations : {};
  const found = Object.entries(annotations).filter(([key]) => CLOUD_IDENTITY.test(key));
  if (found.length === 0) return [];
  return [
    effect(
      5,
      'iam_policy_change',
      'pods with this account act as an identity of the cloud',
      found.map(([key, value]) => ({ path: `metadata.annotations.${key}`, value })),
    ),
  ];
}
