"""A panel's list as it writes it for set-top boxes: the formats of its table of devices (signatures.md 1.1), and what
its enigma2.php answers (1.4)."""
import base64
import json

from stand_in import title

COUNT = 60


def stream(panel, number):
    return f"http://{panel.authority}/live/{panel.user}/{panel.password}/{number}.ts"


def coded(url):
    return url.replace(":", "%3a")


def box_lists(panel):
    """(type of get.php, file name, body) as the table of devices of a panel has them."""
    channels = [(title(number), stream(panel, 1000 + number)) for number in range(COUNT)]
    account = f'USERNAME="{panel.user}";PASSWORD="{panel.password}"'
    link = f"http://{panel.authority}/get.php?username=$USERNAME&password=$PASSWORD&type="

    def lines(form, head="", foot=""):
        return head + "".join(form.format(name=name, url=url, coded=coded(url)) + "\r\n" for name, url in channels) + foot

    yield "simple", f"simple_{panel.user}.txt", lines("{url} #Name: {name}")
    yield "ariva", f"ariva_{panel.user}.txt", lines("{name},{url}")
    yield "dreambox", "userbouquet.favourites.tv", lines("#SERVICE 1:0:1:0:0:0:0:0:0:0:{coded}\r\n#DESCRIPTION {name}", "#NAME TV\n")
    yield "enigma16", "userbouquet.favourites.tv", lines("#SERVICE 4097:0:1:0:0:0:0:0:0:0:{coded}\r\n#DESCRIPTION {name}", "#NAME TV\n")
    yield "enigma216_script", "iptv.sh", (
        f'{account};bouquet="TV";directory="/etc/enigma2/iptv.sh";url="{link}enigma16&output=mpegts";'
        'rm /etc/enigma2/userbouquet."$bouquet"__tv_.tv;wget -O /etc/enigma2/userbouquet."$bouquet"__tv_.tv $url;')
    yield "fps", "Royal.cfg", lines("IPTV: {{ {name} }} {{ {url} }}")
    yield "gst", f"{panel.user}_list.txt", lines("I: {url} {name}")
    yield "mediastar", "tvlist.txt", lines("{name} {url}")
    yield "octagon", "internettv.feed", lines("[TITLE]\r\n{name}\r\n[URL]\r\n{url}\r\n[DESCRIPTION]\r\nIPTV\r\n[TYPE]\r\nLive")
    yield "octagon_script", "iptv", f'{account};url="{link}octagon&output=mpegts";wget -O /var/freetvplus/internettv.feed1 $url;'
    yield "revosun", "network_iptv.cfg", lines("IPTV: {{ {name} }} {{ {url} }}")
    yield "spark", "webtv_usr.xml", lines('<webtv title="{name}" urlkey="0" url="{url}" description="" iconsrc="" iconsrc_b="" '
                                          'group="0" type="0" />', '<?xml version="1.0"?>\r\n<webtvs>\n', "</webtvs>")
    yield "starlivev3", "iptvlist.txt", lines("{name},{url}")
    yield "starlivev5", "channel.jason", json.dumps({"iptvstreams_list": {"@version": 1, "group": {"name": "IPTV", "channel": [
        {"name": name, "icon": "", "stream_url": url, "stream_type": 0} for name, url in channels]}}}).replace("/", "\\/")
    yield "webtvlist", "webtv list.txt", lines("Channel name:{name}\r\nURL:{url}", foot="[Webtv channel END]")
    yield "zorro", "iptv.cfg", lines("IPTV: {{ {name} }} {{ {url} }} -HIDE_URL", "<NETDBS_TXT_VER_1>\n")


def enigma2_items(panel):
    """What enigma2.php answers for a category."""
    channels = "".join(f"<channel><title>{base64.b64encode(title(number).encode()).decode()}</title><description>eA==</description>"
                       f"<category_id>0</category_id><stream_url><![CDATA[{stream(panel, 1000 + number)}]]></stream_url></channel>"
                       for number in range(COUNT))
    return ('<?xml version="1.0"?>\n<items><playlist_name>Live [ TV ]</playlist_name><category><category_id>1</category_id>'
            f"<category_title>Live [ TV ]</category_title></category>{channels}</items>\n")
