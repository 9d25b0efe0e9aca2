// As much of the face of kubernetes-fluent-client as the contenders use; it is no dependency of the project.
import type { WidgetLike } from "../place.ts";

export type Model = new () => object;

export interface FluentClient {
  K8s(
    model: Model,
    filters?: { namespace?: string },
  ): {
    Watch(callback: (widget: WidgetLike, phase: string) => Promise<void>): { start(): Promise<unknown> };
    Apply(object: unknown, options: { force: boolean }): Promise<unknown>;
  };
  RegisterKind(model: Model, kind: { group: string; version: string; kind: string; plural: string }): void;
  readonly GenericKind: Model;
  readonly kind: { readonly ConfigMap: Model };
}
