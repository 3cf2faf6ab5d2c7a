using System.Text;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>A sheet as a file, written as its rows come.</summary>
/// <param name="name">Of the file, without ending: letters, digits, '.', '_' and '-' alone.</param>
/// <param name="isCsv">Else it is JSON.</param>
/// <param name="columns">In order.</param>
/// <param name="rows">As many cells as columns.</param>
internal sealed class SheetDownload(
    string name, bool isCsv, IReadOnlyList<SheetColumn> columns, IAsyncEnumerable<IReadOnlyList<object?>> rows)
    : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, gone) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/json";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}.{(isCsv ? "csv" : "json")}\"";
        if (isCsv)
        {
            await using var text = new StreamWriter(response.Body, new UTF8Encoding(false), leaveOpen: true);
            await CsvSheet.WriteAsync(columns, rows, text, gone);
        }
        else
        {
            await JsonSheet.WriteAsync(columns, rows, response.Body, gone);
        }
    }
}
