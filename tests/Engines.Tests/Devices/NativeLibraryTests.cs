// Goal: the copy of TorchSharp's native library that is built may be loaded where libstdc++ lacks GLIBCXX_3.4.32, and
// nothing that it needs is of that version. Method: the file's own tables, as the ELF specification has them.
using System.Buffers.Binary;
using System.Text;

namespace FedLowRank.Engines.Tests.Devices;

public sealed class NativeLibraryTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const int Weak = 2;

    [Fact]
    public void The_newest_version_of_the_C_library_is_wanted_and_not_needed_and_has_one_mark_only()
    {
        var library = new ElfFile(File.ReadAllBytes(NativeFiles.Path("libLibTorchSharp.so")));
        var wanted = Assert.Single(library.WantedVersions(), version => version.Name == Version);
        Assert.Equal(Weak, wanted.Flags & Weak);
        Assert.Equal(["_ZSt21ios_base_library_initv"], library.SymbolsOf(wanted.Index));
    }

    [Fact]
    public void No_other_demand_was_made_weak()
    {
        var library = new ElfFile(File.ReadAllBytes(NativeFiles.Path("libLibTorchSharp.so")));
        Assert.All(
            library.WantedVersions().Where(version => version.Name != Version),
            version => Assert.Equal(0, version.Flags & Weak));
    }

    /// <summary>A 64-bit little-endian ELF file's dynamic symbols and the versions that they want.</summary>
    private sealed class ElfFile(byte[] bytes)
    {
        private const uint DynamicSymbols = 11;
        private const uint VersionNeeds = 0x6ffffffe;
        private const uint SymbolVersions = 0x6fffffff;

        /// <summary>The entries (Elf64_Vernaux) of all libraries (Elf64_Verneed).</summary>
        public List<(string Name, ushort Flags, ushort Index)> WantedVersions()
        {
            var section = Section(VersionNeeds);
            var names = Section(section.Link);
            var found = new List<(string, ushort, ushort)>();
            for (var need = section.Offset; ;)
            {
                var entry = need + (int)Word(need + 8);
                for (var i = 0; i < Half(need + 2); i++)
                {
                    found.Add((Text(names.Offset + (int)Word(entry + 8)), Half(entry + 4), Half(entry + 6)));
                    entry += (int)Word(entry + 12);
                }

                if (Word(need + 12) == 0) return found;
                need += (int)Word(need + 12);
            }
        }

        /// <summary>The symbols of a version, by its index.</summary>
        public IEnumerable<string> SymbolsOf(ushort index)
        {
            var (symbols, versions) = (Section(DynamicSymbols), Section(SymbolVersions));
            var names = Section(symbols.Link);
            for (var i = 0; i < symbols.Size / 24; i++)
            {
                if (Half(versions.Offset + (2 * i)) == index)
                    yield return Text(names.Offset + (int)Word(symbols.Offset + (24 * i)));
            }
        }

        private Entry Section(uint type) =>
            Enumerable.Range(0, Half(60)).Select(Section).First(section => section.Type == type);

        private Entry Section(int index)
        {
            var at = (int)Long(40) + (Half(58) * index);
            return new(Word(at + 4), (int)Long(at + 24), (int)Long(at + 32), (int)Word(at + 40));
        }

        private ushort Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

        private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

        private long Long(int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

        private string Text(int at) => Encoding.ASCII.GetString(bytes.AsSpan(at, bytes.AsSpan(at).IndexOf((byte)0)));

        private sealed record Entry(uint Type, int Offset, int Size, int Link);
    }
}
