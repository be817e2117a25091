"""Lists as panels of several lands hand them out: names of pay channels in the spellings and decorations of signatures.md
3.4 and 11, among free ones, and the forms in which players, boxes and portals get them. Nothing is copied; accounts are
made up.
"""
from lookalike import Ask, catalogue, documents, endless_ts, ok, token
from sessions import BOX, BOX_AGENT
from whole_sessions import live_items

USER, PASSWORD = "paulklee1879", "zw1tscher77"
ACCOUNT = f"username={USER}&password={PASSWORD}"
# land: (names of pay channels of two holders and more, free channels of that land)
LANDS = {
    "french": (("CANAL+ SPORT", "CANAL+ FOOT", "beIN SPORTS 1", "beIN SPORTS 2", "RMC SPORT 1", "LIGUE 1+", "CINE+ FRISSON"),
               ("TF1", "FRANCE 2", "FRANCE 3", "M6", "ARTE", "W9", "TMC", "GULLI", "C8", "BFM TV", "LCI", "RMC STORY")),
    "spanish": (("DAZN LALIGA", "DAZN F1", "M+ LALIGA", "M+ LIGA DE CAMPEONES", "M. DEPORTES", "LALIGA TV HYPERMOTION"),
                ("LA 1", "LA 2", "ANTENA 3", "CUATRO", "TELECINCO", "LASEXTA", "NEOX", "MEGA", "TELEDEPORTE", "TRECE")),
    "german": (("SKY SPORT BUNDESLIGA 1", "SKY SPORT TOP EVENT", "SKY CINEMA PREMIEREN", "DAZN 1", "DAZN 2", "MAGENTA SPORT 1"),
               ("DAS ERSTE", "ZDF", "RTL", "SAT.1", "PROSIEBEN", "VOX", "KABEL EINS", "NDR", "WDR", "3SAT")),
    "italian": (("SKY SPORT UNO", "SKY SPORT CALCIO", "SKY SPORT ARENA", "SKY CINEMA UNO", "ZONA DAZN", "DAZN SERIE A"),
                ("RAI 1", "RAI 2", "RAI 3", "RETE 4", "CANALE 5", "ITALIA 1", "LA7", "TV8", "NOVE", "CIELO")),
    "turkish": (("BEİN SPORTS 1", "BEİN SPORTS 2", "S SPORT", "S SPORT PLUS", "TİVİBU SPOR 2", "SPOR SMART", "EXXEN SPOR 1"),
                ("TRT 1", "ATV", "SHOW TV", "STAR TV", "KANAL D", "FOX TÜRKİYE", "TV8", "TRT SPOR", "A HABER")),
    "arabic": (("بي إن سبورت ١", "بي إن سبورت ٢", "SSC 1", "SSC EXTRA 2", "أبوظبي الرياضية آسيا 1", "OSN MOVIES ACTION"),
               ("الجزيرة", "العربية", "MBC 1", "MBC 2", "MBC مصر", "دبي الرياضية", "القاهرة والناس", "قناة الحياة")),
    "greek": (("NOVA SPORTS 1", "NOVASPORTS PRIME", "ΝΟΒΑ ΣΠΟΡ 2", "COSMOTE SPORT 1", "ΚΟΣΜΟΤΕ ΣΠΟΡ 4", "NOVACINEMA 2"),
              ("ΕΡΤ1", "ΕΡΤ2", "ΑΝΤ1", "ALPHA TV", "STAR", "ΣΚΑΪ", "MEGA", "OPEN TV")),
    "polish": (("CANAL+ PREMIUM", "CANAL+ SPORT 2", "POLSAT SPORT PREMIUM 1", "POLSAT SPORT 2", "ELEVEN SPORTS 1", "EUROSPORT 2"),
               ("TVP 1", "TVP 2", "TVN", "POLSAT", "TV4", "TVP SPORT", "TVN 7", "TTV")),
    "portuguese": (("SPORT TV 1", "SPORT TV 2", "SPORT TV +", "DAZN 1", "DAZN 2", "BENFICA TV 1"),
                   ("RTP 1", "RTP 2", "SIC", "TVI", "CMTV", "SIC NOTÍCIAS", "RTP 3")),
    "british": (("SKY SPORTS MAIN EVENT", "SKY SPORTS PREMIER LEAGUE", "TNT SPORTS 1", "TNT SPORTS 2", "PREMIER SPORTS 1"),
                ("BBC ONE", "BBC TWO", "ITV 1", "CHANNEL 4", "FILM4", "E4", "DAVE", "QUEST")),
    "dutch": (("ZIGGO SPORT 2", "ZIGGO SPORT VOETBAL", "ESPN 1", "ESPN 2", "VIAPLAY TV 1", "EUROSPORT 2"),
              ("NPO 1", "NPO 2", "NPO 3", "RTL 4", "SBS 6", "NET 5", "VERONICA")),
    "balkan": (("ARENA SPORT 1", "ARENA SPORT PREMIUM 2", "SPORT KLUB 1", "SPORT KLUB 2", "EUROSPORT 2"),
               ("RTS 1", "RTS 2", "PINK", "HRT 1", "NOVA TV", "BHT 1", "PRVA")),
    "russian": (("МАТЧ! ПРЕМЬЕР", "МАТЧ! ФУТБОЛ 1", "МАТЧ! ФУТБОЛ 2", "ОККО СПОРТ", "КХЛ ПРАЙМ"),
                ("ПЕРВЫЙ КАНАЛ", "РОССИЯ 1", "НТВ", "СТС", "ТНТ", "МАТЧ ТВ")),
}
TAGS = {"french": "FR", "spanish": "ES", "german": "DE", "italian": "IT", "turkish": "TR", "arabic": "AR", "greek": "GR",
        "polish": "PL", "portuguese": "PT", "british": "UK", "dutch": "NL", "balkan": "EX-YU", "russian": "RU"}
SMALL = str.maketrans("ABDEFHKLRSUVW", "ᴬᴮᴰᴱᶠᴴᴷᴸᴿˢᵁⱽᵂ")
BOLD = {ord("A") + n: chr(0x1D400 + n) for n in range(26)} | {ord("0") + n: chr(0x1D7CE + n) for n in range(10)}
WIDE = {n: chr(n + 0xFEE0) for n in range(0x21, 0x7F)}
TWINS = str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ")  # Cyrillic letters that look the same

DECORATIONS = {
    "nothing": lambda tag, name, n: name,
    "bar": lambda tag, name, n: f"{tag}| {name} {('FHD', 'HD', 'SD')[n % 3]}",
    "colon": lambda tag, name, n: f"{tag}: {name} HD",
    "brackets": lambda tag, name, n: f"[{tag}] {name} 1080p",
    "two bars": lambda tag, name, n: f"|{tag}| {name} HEVC",
    "arrow": lambda tag, name, n: f"{tag} ➤ {name} 4K",
    "rank": lambda tag, name, n: f"VIP | {tag}: {name} FHD 50FPS",
    "letters above the line": lambda tag, name, n: f"{tag}| {name} {('FHD', 'HD', 'RAW')[n % 3].translate(SMALL)}",
    "drawings": lambda tag, name, n: f"★ {name} ★ HD+",
    "spare copies": lambda tag, name, n: f"{tag} - {name} (BACKUP)",
    "bold": lambda tag, name, n: name.upper().translate(BOLD),
    "fullwidth": lambda tag, name, n: name.translate(WIDE),
    "Cyrillic twins": lambda tag, name, n: name.upper().translate(TWINS),
    "lower case": lambda tag, name, n: name.lower(),
    "underlines": lambda tag, name, n: f"{tag}_{name}_HD".replace(" ", "_"),
}


def names(land, decoration="bar", pay=6, free=40):
    """Pay channels among free ones of a land."""
    paid, gratis = LANDS[land]
    plain = [gratis[n % len(gratis)] + (f" {n // len(gratis) + 1}" if n >= len(gratis) else "") for n in range(free)]
    step = max(1, free // pay)
    for n, name in enumerate(paid[:pay]):
        plain.insert(n * step, name)
    return [DECORATIONS[decoration](TAGS[land], name, n) for n, name in enumerate(plain)]


def m3u_text(titles, base, ending=".ts", group="SPORT", first=300):
    return [(f'tvg-id="" tvg-name="{title}" tvg-logo="" group-title="{group}"', title, f"{base}/{first + n}{ending}")
            for n, title in enumerate(titles)]


# What is asked of a panel, each a list of Ask for its authority.


def get_php(titles, authority, base=None, **how):
    """get.php alone, as a television fetches it."""
    entries = m3u_text(titles, base or f"http://{authority}/live/{USER}/{PASSWORD}", **how)
    return [Ask(f"/get.php?{ACCOUNT}&type=m3u_plus&output=ts", catalogue(entries, kind="application/octet-stream", end="\r\n"),
                "TiviMate/4.7.0")]


def short_list(titles, authority):
    return get_php(titles, authority, f"http://{authority}/{USER}/{PASSWORD}", ending="")


def plain_file(titles, authority):
    """A list under a name of its own, behind a link that somebody passed on."""
    entries = m3u_text(titles, f"http://{authority}/{USER}/{PASSWORD}", ending="")
    return [Ask("/lista.m3u", catalogue(entries), "VLC/3.0.20 LibVLC/3.0.20")]


def token_list(titles, authority):
    """XUI.one's encrypted list: one token each entry, of AES blocks."""
    entries = [(f'xui-id="{n}" tvg-id="" tvg-name="{title}" group-title="SPORT"', title,
                f"http://{authority}/play/{token(64, 1)[:42]}{token(22, n)}/ts") for n, title in enumerate(titles)]
    return [Ask(f"/playlist/{USER}/{PASSWORD}/m3u_plus", catalogue(entries, kind="application/octet-stream"), "okhttp/4.9.2")]


def player_api(titles, authority):
    login = {"user_info": {"username": USER, "password": PASSWORD, "auth": 1, "status": "Active", "exp_date": "1795300000",
                           "max_connections": "1", "allowed_output_formats": ["m3u8", "ts"]},
             "server_info": {"url": authority.partition(":")[0], "port": "80", "server_protocol": "http", "timezone": "x"}}
    return [Ask(f"/player_api.php?{ACCOUNT}", documents(login), "IPTVSmartersPlayer"),
            Ask(f"/player_api.php?{ACCOUNT}&action=get_live_streams", documents(live_items(titles)), "IPTVSmartersPlayer")]


def panel_api(titles, authority):
    login = {"user_info": {"username": USER, "password": PASSWORD, "auth": 1, "status": "Active", "max_connections": "1",
                           "allowed_output_formats": ["ts"]},
             "server_info": {"url": authority.partition(":")[0], "port": "80", "server_protocol": "http"},
             "available_channels": {str(item["stream_id"]): {**item, "series_no": None} for item in live_items(titles)}}
    return [Ask(f"/panel_api.php?{ACCOUNT}", documents(login), "okhttp/3.12.1")]


def portal(titles, authority, base="/c/portal.php"):
    """A portal that a panel imitates: handshake and channels."""
    data = [{"id": str(n), "name": title, "number": str(n), "cmd": f"ffmpeg http://localhost/ch/{n}_", "tv_genre_id": "1",
             "logo": "", "xmltv_id": "", "cmds": [], "use_http_tmp_link": 1, "tv_archive_duration": 0}
            for n, title in enumerate(titles, 1)]
    calls = [("type=stb&action=handshake&token=", {"token": token(64, 3)}),
             ("type=itv&action=get_all_channels", {"total_items": len(data), "max_page_items": 14, "selected_item": 0,
                                                    "cur_page": 0, "data": data})]
    return [Ask(f"{base}?{call}&JsHttpRequest=1-xml", documents({"js": js}, "text/javascript"), BOX_AGENT, tuple(BOX))
            for call, js in calls]


def bouquet(titles, authority):
    """A bouquet for Enigma2."""
    lines = ["#NAME TV"]
    for n, title in enumerate(titles):
        uri = f"http://{authority}/live/{USER}/{PASSWORD}/{300 + n}.ts".replace(":", "%3a")
        lines += [f"#SERVICE 4097:0:1:0:0:0:0:0:0:0:{uri}:{title}", f"#DESCRIPTION {title}"]
    return [Ask(f"/get.php?{ACCOUNT}&type=dreambox&output=ts", ok("\n".join(lines) + "\n", "application/octet-stream", [
        ("Content-Disposition", 'attachment; filename="userbouquet.favourites.tv"')]), "Wget/1.20.3 (linux-gnu)")]


def watched(titles, authority):
    """A list and a channel of it."""
    return get_php(titles, authority) + [Ask(f"/live/{USER}/{PASSWORD}/301.ts", endless_ts("C", "P"), "VLC/3.0.20 LibVLC/3.0.20")]


FORMS = {"get.php": get_php, "get.php of short paths": short_list, "a list of its own": plain_file, "an encrypted list": token_list,
         "player_api.php": player_api, "panel_api.php": panel_api, "an imitated portal": portal, "a bouquet": bouquet,
         "a list and a channel": watched}


def films(authority, count, prefixed=False):
    """Films and series alone, under a streaming service's name or with countries before theirs."""
    entries = []
    for n in range(count):
        kind, ending = (("movie", "mkv"), ("series", "mp4"))[n % 2]
        name = f"{tuple(TAGS.values())[n % 9]}| Pelicula {n} (2024)" if prefixed else f"Pelicula {n} (2024)"
        entries.append((f'tvg-id="" tvg-name="{name}" group-title="{"VOD" if prefixed else "VOD | NETFLIX"}"', name,
                        f"http://{authority}/{kind}/{USER}/{PASSWORD}/{n}.{ending}"))
    return entries
