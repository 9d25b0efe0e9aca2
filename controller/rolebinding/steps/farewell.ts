// Takes the grant of a deleted RoleBinding back.
import { managerOf } from "../../attachment/attached.ts";
import { sayFarewell } from "../../attachment/farewell.ts";
import { bindingOf, type BindingStep } from "../context.ts";
import { bindingName } from "../document.ts";

export const farewell: BindingStep = {
  name: "farewell",
  run(ctx) {
    const binding = bindingOf(ctx);
    return sayFarewell(ctx, {
      what: `the grant of ${binding.spec.roleRef.name}`,
      remove: (lms, signal) =>
        lms.deleteBinding(bindingName(binding), managerOf("RoleBinding", binding), signal),
    });
  },
};
