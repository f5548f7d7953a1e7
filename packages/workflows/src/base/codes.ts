/** What `check` finds when it holds configs and matrix files against what git tracks. */
export const CHECK_CODES = {
  "no-images": "`images` is missing, so there is nowhere to publish to.",
  "dockerfile-missing": "git tracks no file where an entry's `dockerfile` points.",
  "context-missing": "git tracks no file below an entry's `context`.",
  "submodule-in-context":
    "A submodule lies in what an entry is built from, and the generated workflow does not check it out.",
  "lfs-in-context":
    "A Git LFS file lies in what an entry is built from, and the generated workflow checks out its pointer.",
  "entry-never-selected": "No change of a file that git tracks can select an entry.",
  "glob-without-file": "A glob matches no file that git tracks.",
  "rule-without-entry": "The conditions of a rule are met by no entry.",
  "source-ignored": "The ignore file takes away what a Dockerfile copies, so that its build fails, or copies nothing.",
  "source-outside-context": "A Dockerfile copies what lies outside of its context.",
  "source-not-tracked":
    "A Dockerfile reads what git does not track and no rule is for, so that any file of the repository counts.",
  "dockerfile-refused": "BuildKit would refuse a Dockerfile, or has no stage of the entry's `target` in it.",
  "dockerfile-too-long": "A Dockerfile has more than 1 MiB and is not read, so that any file of its context counts.",
  "git-copied": "A Dockerfile copies `.git`, which every commit changes.",
  "source-without-rule": "With `infer: false`: a Dockerfile reads a file that no rule mentions.",
  "ignore-takes-source": "`ignore` takes away files that a Dockerfile reads.",
  "rule-too-wide": "A rule with `when` names files that no Dockerfile of its entries reads.",
  "dockerfile-without-entry": "git tracks a Dockerfile that no entry is built from.",
  "unused-key": "Where workflows are generated: a key of entries that no rule and no text of the config uses.",
  "unknown-branch": "`workflow.branches` names a branch that neither the clone nor the repository it is from has.",
  "import-drifted":
    "Targets of the bake file that a matrix file was imported from are others by now, or it has others.",
  "import-unchecked": "Whether an imported matrix file is still what its bake file says cannot be found out.",
  "tags-in-two-families": "Two configs publish an image under the same tag of one repository.",
} as const;

export type CheckCode = keyof typeof CHECK_CODES;

/** What `check` reports of a file that it cannot begin with. */
export const INPUT_CODES = {
  "unreadable-input": "A matrix file or config is not there, or cannot be read.",
} as const;

/** What `generate` finds in a config, its matrix file and the workflows that are there, and `check` reports, too. */
export const GENERATE_CODES = {
  "workflow-names-clash": "Two configs would generate the same files.",
  "config-name": "The config's file is not called `.github/fanfold.yml` or `.github/fanfold.<name>.yml`.",
  "expression-in-config": "A value of the config holds `${{`, which GitHub would evaluate.",
  "bad-size": "`need-disk` is not an amount of bytes.",
  "reserved-secret": "A secret's name begins with `GITHUB_`, which GitHub keeps for itself.",
  "secret-in-the-way": "A secret would be handed to builds under a name that the runner or Fanfold uses itself.",
  "action-missing": "`workflow.before` or `workflow.login` names an action that the repository does not have.",
  "action-not-composite": "An action that the config names is not a composite action.",
  "public-key-unusable": "`sign.public` names no file of the repository, or one that holds no public key.",
  "signing-key-in-builds": "`workflow.secrets` hands the private key of signatures to builds.",
  "sign-refs-unknown":
    "`sign: cosign` needs branches and tags by name or pattern, since signatures count by the ref of their workflow.",
  "registry-without-login": "Images are pushed to a registry that no login of `workflow.registries` is for.",
  "no-action-release": "`workflow.runtime` is `action`, and no release of Fanfold's actions exists to pin.",
  "cache-needs-action": "A build is cached in GitHub's own cache, which steps of npx have no access to.",
  "no-branches": "`workflow.branches` is missing, and no generated file says which branches' pushes are built.",
  "bad-cron": "GitHub refuses the schedule.",
  "bad-ref-pattern": "GitHub refuses a pattern of branches or tags, or no name that git allows can match it.",
  "excludes-everything": "All patterns of branches or tags only exclude, so nothing is ever built.",
  "broken-placeholder": "Braces hold what cannot be a key, and would be passed on as they stand.",
  "unknown-template-key": "A template names a key that no entry has.",
  "bad-expression": "A text of `build` holds `{{…}}`, and in it is not an expression that is known there.",
  "unknown-build-arg": "`build.required-args` names an argument that neither `build.args` nor an entry has.",
  "no-include-list": "The matrix file has no list `include`, which the generated workflow builds.",
  "unknown-called-list": "`workflow.lists` names a list that the matrix file does not have.",
  "list-without-workflow": "A list has images of several legs, and no workflow builds them.",
  "list-not-merged":
    "A list has images of several legs, and its workflow is not told what to call their records, so they are not merged.",
  "unknown-input": "`with` names an input that the called workflow does not have.",
  "missing-input": "The called workflow requires an input that `with` does not give.",
  "wrong-input-type": "`with` gives an input a value of another type than the called workflow declares.",
  "callee-missing": "A workflow that `workflow.lists` calls is not there.",
  "callee-not-callable": "A called workflow has no trigger `workflow_call`.",
  "callee-permissions": "A called workflow asks for `read-all` or `write-all`.",
  "callee-secret": "A called workflow requires a secret, and pull requests are given none.",
  "callee-input-type": "An input of a called workflow has no type that GitHub knows.",
  "entry-value-not-text": "A value of an entry that the build reads is not a text.",
  "bad-pull-requests": "`pull-requests` of an entry is something else than `build`, and would not count.",
  "bad-runner": "`runs-on` is not a label, a list of labels or a group.",
  "platform-unknown": "An entry says by a `platform-tag` alone which platform it builds, and the tag does not say it.",
  "keys-differ-in-case": "Two keys of an entry differ in case alone, and are one key to GitHub.",
  "pattern-in-artifact-name": "An artifact's name would hold what has a meaning in patterns.",
  "build-key-not-text": "A text of `build` takes a key whose value is a list or a mapping.",
  "bad-build-value": "A value of a build has not the form that a bake target takes.",
  "outside-repository": "A context, a Dockerfile or the file of a secret does not lie in the repository.",
  "required-build-arg-missing": "An entry has no value for a required build argument.",
  "public-secret": "A build argument or a label is called like a secret, and whoever reads the image reads its value.",
  "secret-not-handed-over":
    "A build takes a secret from a variable that `workflow.secrets` does not name, or an SSH agent that nothing starts.",
  "pin-not-a-commit": "A generated file pins an action to something else than a full commit SHA.",
  "image-not-pinned": "A generated file lets an action pull an image without a digest.",
  "pins-differ": "Generated files pin one action or image in two ways.",
  "bases-merged-one-by-one":
    "`workflow.merge` is `matrix`, where images are built from each other and become visible together.",
  "limit-near": "At least 80 % of one of GitHub's limits are used when everything is built.",
  "limit-exceeded": "One of GitHub's limits is exceeded when everything is built.",
  "file-in-the-way": "A file that was not generated stands where one would be written.",
  "generated-missing": "A file that would be generated is not there.",
  "generated-stale": "A file was generated, and no config makes it any more.",
  "generated-differs": "A generated file is not what its config makes.",
} as const;

export type GenerateCode = keyof typeof GENERATE_CODES;
