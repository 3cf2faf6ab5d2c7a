// Goal: an owner makes tokens and takes them off, takes an adapter out, and sees what went wrong at an agent; and
// whoever signs in is where they wanted to be. Method: the real server, command line and agents, by clicks.
using System.IO.Compression;
using System.Text.Json.Nodes;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.ConsoleTests.World;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

[Collection(Shared.Name)]
public sealed class OwnerTests(ConsoleWorld world, Chromium chromium)
{
    private const string Run = "/console/runs/faults";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_made_signs_in_and_ends_the_session_when_it_is_revoked()
    {
        await using var owner = await SignedInAsync("owner");
        await owner.GoAsync("/console/settings");
        await owner.Page.GetByLabel("Name").FillAsync("newcomer");
        await owner.Page.GetByLabel("What it may do").SelectOptionAsync("operator");
        await owner.ClickAsync(AriaRole.Button, "Make a token");
        await owner.SaysAsync("Token for newcomer (operator)");
        var token = await owner.Page.GetByRole(AriaRole.Region, new() { Name = "The token" }).InnerTextAsync();

        await using var newcomer = await chromium.OpenAsync(world.Root);
        await newcomer.SignInAsync(token);
        await newcomer.SaysAsync("Needs attention");
        await owner.GoAsync("/console/settings");
        Assert.DoesNotContain(token, await owner.Page.ContentAsync(), StringComparison.Ordinal);
        await owner.ClickAsync(AriaRole.Link, "Revoke the token of newcomer");
        await owner.SaysAsync("opens nothing");
        await owner.ClickAsync(AriaRole.Button, "Revoke");
        await owner.SaysAsync("People with tokens");
        await newcomer.GoAsync("/console/runs");
        await newcomer.SaysAsync("Your token");
    }

    [Fact]
    public async Task An_adapter_is_exported_and_is_the_one_that_the_command_line_exports()
    {
        await using var window = await SignedInAsync("operator");
        await window.GoAsync(Run);
        await window.ClickAsync(AriaRole.Link, "Export");
        await window.SaysAsync("The audit log says who took it");
        await window.Page.GetByLabel("After round").SelectOptionAsync("0");
        var download = await window.Page.RunAndWaitForDownloadAsync(() => window.ClickAsync(AriaRole.Button, "Export"));
        Assert.Equal("faults-round-0.zip", download.SuggestedFilename);
        var (zip, folder) = (Path.GetTempFileName(), Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}"));
        try
        {
            await download.SaveAsAsync(zip);
            await world.World.SayAsync("runs", "export", "faults", "--round", "0", "--output", folder);
            await using var archive = await ZipFile.OpenReadAsync(zip, Token);
            Assert.Equal(
                Directory.EnumerateFiles(folder).Select(path => $"faults-round-0/{Path.GetFileName(path)}").Order(),
                archive.Entries.Select(entry => entry.FullName).Order());
            foreach (var entry in archive.Entries)
            {
                using var content = new MemoryStream();
                await using (var source = await entry.OpenAsync(Token)) await source.CopyToAsync(content, Token);
                Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder, entry.Name), Token), content.ToArray());
            }
        }
        finally
        {
            File.Delete(zip);
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_cause_of_an_agents_decline_and_the_log_that_its_owner_allows_are_on_its_page()
    {
        await world.World.UntilAsync(state => state.Status is RunStatus.BetweenRounds);
        var policy = world.World.Sites[1].Folder.Policy;
        var before = await File.ReadAllTextAsync(policy, Token);
        var changed = JsonNode.Parse(before)!;
        changed["runs"] = new JsonArray();
        changed["log"] = new JsonObject { ["lines"] = 5 };
        await File.WriteAllTextAsync(policy, changed.ToJsonString(), Token);
        try
        {
            await using var window = await SignedInAsync("operator");
            await world.World.SayAsync("rounds", "trigger", "faults");
            await window.GoAsync("/console/agents");
            var row = window.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "east" });
            await Assertions.Expect(row).ToContainTextAsync("policy", new() { Timeout = 60_000 });
            await window.ClickAsync(AriaRole.Link, "east");
            await window.SaysAsync("Its owner's policy does not allow the run or its terms");
            await window.SaysAsync("declined (Policy): [withheld]");
        }
        finally
        {
            await File.WriteAllTextAsync(policy, before, CancellationToken.None);
            await world.World.UntilAsync(state => state.Status is RunStatus.BetweenRounds);
        }
    }

    [Fact]
    public async Task Whoever_signs_in_is_on_the_page_that_they_wanted_with_its_query()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.GoAsync("/console/compare?a=faults&b=faults");
        await window.Page.GetByLabel("Your token").FillAsync(world.TokenOf("viewer"));
        await window.ClickAsync(AriaRole.Button, "Sign in");
        await window.SaysAsync("faults");
        Assert.EndsWith("/console/compare?a=faults&b=faults", window.Page.Url, StringComparison.Ordinal);
    }

    private async Task<Window> SignedInAsync(string role)
    {
        var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf(role));
        await window.SaysAsync("Needs attention");
        return window;
    }
}
