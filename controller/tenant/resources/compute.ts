// Compute resources as the API server's models have them. Pure.

type Amounts = Readonly<Record<string, number | string>>;

interface Declared {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

interface Compute {
  readonly requests?: Record<string, string>;
  readonly limits?: Record<string, string>;
}

/** What is declared, else the defaults. A manifest may say `cpu: 1`; the models know quantities as strings only. */
export function computeResources(declared: Declared | undefined, defaults: Compute): Compute {
  if (declared === undefined) return defaults;
  return {
    ...(declared.requests && { requests: asText(declared.requests) }),
    ...(declared.limits && { limits: asText(declared.limits) }),
  };
}

function asText(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]));
}
