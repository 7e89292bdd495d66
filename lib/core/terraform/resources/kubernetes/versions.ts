/** The kubernetes provider names most types twice: `kubernetes_secret` and `kubernetes_secret_v1`. */
export function versions(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [`kubernetes_${name}`, `kubernetes_${name}_v1`]);
}
