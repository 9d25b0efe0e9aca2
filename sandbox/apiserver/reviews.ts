// Reviews: who am I, may I. The sandbox has one user, who may do everything.
import type { JsonObject } from "../schema/index.ts";
import { decodeObject, mediaType, readBody } from "./body.ts";
import { mediaProtobuf } from "./protobuf.ts";
import { sendJsonText, type Exchange } from "./respond.ts";
import { methodNotAllowed } from "./status.ts";

const user = {
  username: "provost-sandbox",
  uid: "provost-sandbox",
  groups: ["system:masters", "system:authenticated"],
};

/** A kind that is answered and never stored. */
export interface ReviewKind {
  readonly group: string;
  readonly version: "v1";
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly status: object;
}

const allowed = { allowed: true, reason: "the sandbox's one user may do everything" };
const review = (group: string, kind: string, status: object, namespaced = false): ReviewKind => ({
  group,
  version: "v1",
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
  status,
});

/** Every review the server answers. */
export const reviewKinds: readonly ReviewKind[] = [
  review("authentication.k8s.io", "SelfSubjectReview", { userInfo: user }),
  review("authorization.k8s.io", "LocalSubjectAccessReview", allowed, true),
  review("authorization.k8s.io", "SelfSubjectAccessReview", allowed),
  review("authorization.k8s.io", "SelfSubjectRulesReview", {
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
    incomplete: false,
  }),
  review("authorization.k8s.io", "SubjectAccessReview", allowed),
];

/** The review at a path's group, version and plural, if there is one. */
export const findReview = (group: string, version: string, plural: string): ReviewKind | undefined =>
  reviewKinds.find((kind) => kind.group === group && kind.version === version && kind.plural === plural);

/** Answers a review: the body with its status filled in. */
export const serveReview = async (exchange: Exchange, kind: ReviewKind): Promise<void> => {
  if (exchange.method !== "POST") throw methodNotAllowed();
  const body = await readBody(exchange.request);
  const type = mediaType(exchange.request);
  // kubectl speaks protobuf here. The answer does not depend on the question, so it need not be read.
  const object = type === mediaProtobuf ? {} : decodeObject(body, type, false).object;
  const answer: JsonObject = {
    kind: kind.kind,
    apiVersion: `${kind.group}/${kind.version}`,
    metadata: { creationTimestamp: null },
    ...(object["spec"] !== undefined && { spec: object["spec"] }),
    status: kind.status,
  };
  sendJsonText(exchange, 201, JSON.stringify(answer));
};
