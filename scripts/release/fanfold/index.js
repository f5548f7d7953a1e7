export * from "@fanfold/workflows";
