using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Drafts;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Parts;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>The form for a new run.</summary>
internal static class NewRunPages
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var form = new AccessRule.Form(AdminAction.CreateRun);
        routes.MapGet(ConsoleRoutes.NewRun, ShowAsync).For(new AccessRule.Page(AdminAction.CreateRun));
        routes.MapPost(ConsoleRoutes.CheckNewRun, CheckAsync).For(form);
        routes.MapPost(ConsoleRoutes.NewRun, TakeAsync).For(form).Transfer();
    }

    private static async Task<IResult> ShowAsync(string? from, HttpContext http, IFederation federation, DraftDesk desk)
    {
        var template = string.IsNullOrEmpty(from) ? null : await desk.TemplateAsync(from, http.RequestAborted);
        return await PageAsync(http, federation, await desk.JudgeAsync(
            DraftDesk.Prefilled(template), template, isAsked: false, http.RequestAborted));
    }

    private static async Task<IResult> CheckAsync(HttpContext http, DraftDesk desk) =>
        ConsolePage.Of<DraftVerdict>((nameof(DraftVerdict.Draft), await ReadAsync(http, desk, isAsked: false)));

    private static async Task<IResult> TakeAsync(HttpContext http, IFederation federation, DraftDesk desk)
    {
        var draft = await ReadAsync(http, desk, isAsked: true);
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        switch (form["do"].ToString())
        {
            case "save" when draft.CanBeSaved:
                var name = draft.Faults.Any(fault => fault.Field?.Name == DraftFields.Run)
                    ? "run"
                    : draft.Values[DraftFields.Run];
                return TypedResults.File(RunFile.Write(draft.Values), "application/json", $"{name}.json");
            case "create":
                return await CreateAsync(http, federation, desk, draft);
            default:
                return await PageAsync(http, federation, draft);
        }
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, IFederation federation, DraftDesk desk, RunDraft draft)
    {
        if (DraftDesk.StartFault(draft) is { } fault) draft = draft with { Faults = [.. draft.Faults, fault] };
        if (draft.Faults.Count > 0)
            return await PageAsync(http, federation, draft, StatusCodes.Status422UnprocessableEntity);
        switch (await desk.CreateAsync(draft, http.Person().Name, http.RequestAborted))
        {
            case RunCreation.Created { State: var state }:
                return TypedResults.LocalRedirect(ConsoleRoutes.Run(state.Id));
            case RunCreation.Refused refused:
                var field = DraftFields.Of(refused.Code == "run-id-taken" ? DraftFields.Run : "");
                return await PageAsync(
                    http, federation, draft with { Faults = [new(field, refused.Message)] },
                    StatusCodes.Status409Conflict);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static async Task<RunDraft> ReadAsync(HttpContext http, DraftDesk desk, bool isAsked)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var from = form["from"].ToString();
        return await desk.JudgeAsync(
            DraftValues.Of(form), from.Length == 0 ? null : await desk.TemplateAsync(from, http.RequestAborted),
            isAsked, http.RequestAborted);
    }

    private static async Task<ConsolePage> PageAsync(
        HttpContext http, IFederation federation, RunDraft draft, int status = StatusCodes.Status200OK) =>
        ConsolePage.Of<NewRunPage>(
            status, (nameof(NewRunPage.Draft), draft),
            (nameof(NewRunPage.Runs), await federation.Runs.ListAsync(http.RequestAborted)));
}
