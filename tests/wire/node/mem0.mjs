// A day with Mem0's JavaScript client; prints what every call gave, as JSON.   node mem0.mjs URL KEY

process.env.MEM0_TELEMETRY = "false";
const { MemoryClient } = await import("mem0ai");
const [url, key] = process.argv.slice(2);
const client = new MemoryClient({ apiKey: key, host: url });
const user = "alice-npm";
const odd = "al ice/npm";
const unknown = "0190b3c4-0000-8000-8000-000000000000";
const steps = {};

async function step(name, call) {
  try {
    steps[name] = await call();
  } catch (error) {
    steps[name] = { raised: error.name, says: error.message };
  }
  return steps[name];
}

async function outcome(eventId) {
  const giveUp = Date.now() + 30_000;
  for (;;) {
    const response = await fetch(`${url}/v1/event/${eventId}/`, { headers: { Authorization: `Token ${key}` } });
    const event = await response.json();
    if (["SUCCEEDED", "FAILED"].includes(event.status) || Date.now() > giveUp) return event;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const say = (content) => [{ role: "user", content }];
const filters = { user_id: user };

await step("ping", () => client.ping().then(() => "ok"));
const learnt = await step("add", () => client.add(say("I live in Berlin and I love jasmine tea."), { userId: user }));
steps.event = await outcome(learnt.eventId);
await step("add_verbatim", () => client.add(say("My boat is called Marlin."), { userId: user, infer: false, metadata: { topicName: "boats" } }));
await step("add_dated", () => client.add(say("My bike is red."), { userId: user, infer: false, timestamp: 1700000000, expirationDate: "2099-12-31" }));
await step("add_to_nobody", () => client.add(say("Hello there.")));
await step("search", () => client.search("What is the boat called?", { filters, topK: 3 }));
await step("search_vague", () => client.search("What do you know about me?", { filters }));
await step("search_nobody", () => client.search("boat"));
const all = await step("get_all", () => client.getAll({ filters }));
await step("get_page", () => client.getAll({ filters, page: 1, pageSize: 2 }));
const boat = all.results.find((row) => row.memory.includes("Marlin")).id;
const bike = all.results.find((row) => row.memory.includes("bike")).id;
await step("project_updated", () => client.updateProject({ customCategories: [{ ships: "Boats and ships" }, "music"], customInstructions: "Be brief." }));
await step("project", () => client.getProject({ fields: ["custom_categories"] }));
await step("project_restored", () => client.updateProject({ customCategories: [], customInstructions: "" }));
await step("feedback", () => client.feedback({ memoryId: boat, feedback: "VERY_NEGATIVE", feedbackReason: "sold" }));
const schema = { type: "object", properties: { Old_Ship: { type: "string", description: "Boats and ships of the user" } } };
await step("profile_settings", () => client.updateProfileSettings({ enabled: true, schema }));
await step("profile_settings_now", () => client.getProfileSettings());
const job = await step("profile_job", () => client.generateProfile({ entityId: user, idempotencyKey: "npm-1" }));
await step("profile_job_again", () => client.generateProfile({ entityId: user, idempotencyKey: "npm-1" }));
await step("profile_sample", () => client.sampleProfiles({ limit: 1 }));
for (const giveUp = Date.now() + 30_000; Date.now() < giveUp; await new Promise((resolve) => setTimeout(resolve, 20))) {
  if ((await step("profile", () => client.getProfile({ entityId: user }))).status !== "pending") break;
}
await step("profile_job_done", () => client.getProfileJob(job.statusUrl));
const person = { type: "object", properties: { Old_Ship: { type: "string", description: "What the boat is called" } } };
const ordered = await step("export_ordered", () => client.createMemoryExport({ schema: person, filters }));
for (const giveUp = Date.now() + 60_000; Date.now() < giveUp; await new Promise((resolve) => setTimeout(resolve, 20))) {
  if (!(await step("export", () => client.getMemoryExport({ memoryExportId: ordered.id }))).raised) break;
}
await step("export_by_filter", () => client.getMemoryExport({ filters }));
await step("get", () => client.get(boat));
await step("get_wrong_id", () => client.get("nonexistent-memory-id-12345"));
await step("get_unknown", () => client.get(unknown));
await step("update", () => client.update(boat, { text: "My boat is called Swordfish." }));
await step("get_updated", () => client.get(boat));
await step("clear_expiration", () => client.update(bike, { expirationDate: null }));
await step("batch_update", () => client.batchUpdate([{ memoryId: bike, text: "My bike is blue." }]));
await step("history", () => client.history(boat));
await step("users", () => client.users());
await step("delete", () => client.delete(boat));
await step("delete_again", () => client.delete(boat));
await step("batch_delete", () => client.batchDelete([bike]));
const hook = await step("webhook", () => client.createWebhook({ url: "http://127.0.0.1:9/hook", name: "crm", eventTypes: ["memory_add"] }));
await step("webhook_updated", () => client.updateWebhook({ webhookId: hook.webhookId, eventTypes: ["memory_update"] }));
await step("webhooks", () => client.getWebhooks());
await step("webhook_deleted", () => client.deleteWebhook({ webhookId: hook.webhookId }));
await step("delete_all", () => client.deleteAll({ userId: user }));
await step("get_all_after", () => client.getAll({ filters }));
await step("add_odd", () => client.add(say("I am odd."), { userId: odd, infer: false }));
await step("delete_odd", () => client.deleteUsers({ userId: odd }));
await step("get_odd", () => client.getAll({ filters: { user_id: odd } }));
await step("add_more", () => client.add(say("I am back."), { userId: user, infer: false }));
await step("reset", () => client.deleteUsers());
await step("users_after", () => client.users());
const stranger = new MemoryClient({ apiKey: `${key}x`, host: url });
await step("stranger", () => stranger.getAll({ filters }));
console.log(JSON.stringify(steps));
process.exit(0);
